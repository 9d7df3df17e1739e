#!/usr/bin/env python3
"""A run spread by Slurm itself: arrays of tasks, steps, tasks that are requeued, cancelled or lost
with their host; at the end the bytes of a single run.

Two hosts of two CPUs each, by slurm_site.py. Environment: PIXSCALE, HASTY.
"""
import json
import os
import re
import unittest

from cluster import BINARY, ClusterTest, content, missing, need, program, wait_until, words_of
from slurm_site import PROGRAMS, Site

SHARDS = 4


class Slurm(ClusterTest):

    def setUp(self):
        super().setUp()
        self.site = Site(self.network(), ["node1", "node2"], task="task/affinity")
        self.prepare(*self.site.hosts)
        self.controller = self.site.controller
        self.logs = os.path.join(self.site.folder, "said")
        os.mkdir(self.logs)

    def submit(self, *options, more=()):
        """An array of tasks of one CPU, as its job's number. What they say goes to self.logs, and
        a task that comes back appends to it."""
        script = words_of(BINARY, "run", self.input, "-o", self.out, "--resume", *more)
        return self.site.sbatch(script, f"--array=1-{SHARDS}", "--cpus-per-task=1",
                                "--open-mode=append", "-o", f"{self.logs}/%a", *options)

    def submit_merge(self, job):
        """Its status is 1, as two inputs cannot be decoded."""
        script = words_of(BINARY, "merge", self.out) + " || test $? = 1"
        return self.site.sbatch(script, f"--dependency=afterok:{job}", "-o", f"{self.logs}/merge")

    def said(self, task):
        return content(os.path.join(self.logs, str(task))).decode()

    def told(self):
        return "\n".join(f"--- {name}\n{self.said(name)}" for name in sorted(os.listdir(self.logs)))

    def wait(self, job, *states, **how):
        states = states or ("COMPLETED",)
        try:
            self.site.wait_for_job(job, *states, **how)
        except Exception as error:
            raise AssertionError(f"{error}\n{self.told()}") from None

    def hurry(self, job, task):
        """A task that is put into the queue again has a pause of two minutes: here of seconds, which
        its host wants, lest it take the new start for one of the job that it has killed."""
        wait_until(lambda: self.site.job(f"{job}_{task}")["JobState"] == "PENDING", 60,
                   f"task {task} is in the queue again")
        self.controller.check("scontrol", "update", f"JobId={job}_{task}", "StartTime=now+4seconds")

    def requeue(self, job, task):
        """As an operator or a preemption does."""
        self.controller.check("scontrol", "requeue", f"{job}_{task}")
        self.hurry(job, task)

    def assert_resumed(self, task):
        """The last run of this task had rows that were there already."""
        last = self.said(task).rstrip().splitlines()[-1]
        self.assertGreater(json.loads(last)["resumed"], 0, self.said(task))

    def test_array_with_a_requeued_task(self):
        job = self.submit(more=["--json", "--progress", "off"])
        merge = self.submit_merge(job)
        self.wait_for_groups(2, SHARDS)
        self.requeue(job, 2)
        self.wait(job)
        self.assertEqual(self.site.job(f"{job}_2")["Restarts"], "1")
        self.assert_resumed(2)
        self.wait(merge)
        self.assert_merged()

    def test_cancelled_task(self):
        """The merge names what is missing; another run of it, anywhere, completes the array."""
        job = self.submit(more=["--json"])
        self.wait_for_groups(3, SHARDS)
        self.controller.check("scancel", f"{job}_3")
        self.wait(job, "COMPLETED", "CANCELLED", "FAILED")
        self.assertNotEqual(self.site.job(f"{job}_3")["JobState"], "COMPLETED")
        said = self.merge(self.controller, program.OUTPUT)
        self.assertIn(f"3/{SHARDS}", said)
        self.assertFalse(os.path.exists(self.out))
        commands = self.commands_named(said)
        self.assertEqual(len(commands), 1, said)
        result = self.site.hosts[1].run("sh", "-c", commands[0] + " --json", cwd="/tmp")
        self.assertEqual(result.returncode, program.CLEAN, result.stderr)
        self.assertGreater(json.loads(result.stdout)["resumed"], 0)
        self.merge(self.controller)
        self.assert_merged()

    def test_host_without_power(self):
        """Slurm finds that it is gone, and has its tasks go on elsewhere."""
        job = self.submit(more=["--json", "--progress", "off"])
        merge = self.submit_merge(job)
        for shard in range(1, SHARDS + 1):
            self.wait_for_groups(shard, SHARDS)
        lost = [task for task in range(1, SHARDS + 1)
                if self.site.job(f"{job}_{task}").get("BatchHost") == "node2"]
        self.assertTrue(lost)
        self.site.hosts[1].cut_power()
        for task in lost:
            self.hurry(job, task)
        self.wait(job)
        for task in lost:
            self.assertEqual(self.site.job(f"{job}_{task}")["BatchHost"], "node1")
            self.assert_resumed(task)
        self.wait(merge)
        self.assert_merged()

    def test_step_of_many_tasks(self):
        """srun in one allocation over both hosts; the records say who made which rows."""
        profile = os.path.join(self.site.folder, "profile.jsonl")
        script = "srun " + words_of(BINARY, "run", self.input, "-o", self.out, "-q", "--profile",
                                    profile)
        job = self.site.sbatch(script, "--ntasks=4", "--nodes=2", "-o", f"{self.logs}/step")
        self.wait(job)
        records = [json.loads(line) for line in content(profile).splitlines()]
        self.assertEqual(sorted(record["shard"] for record in records), [1, 2, 3, 4])
        self.assertEqual({record["host"]["name"] for record in records}, {"node1", "node2"})
        self.assertEqual(len({record["set"] for record in records}), 1)
        self.merge(self.controller)
        self.assert_merged()

    def test_threads_are_those_that_slurm_gives(self):
        profile = os.path.join(self.site.folder, "profile.jsonl")
        for cpus in (1, 2):
            job = self.site.sbatch(
                words_of(BINARY, "run", self.input, "-o", self.out, "-q", "--force", "--profile",
                         profile), f"--cpus-per-task={cpus}", "-o", f"{self.logs}/threads")
            self.wait(job, "COMPLETED", "FAILED")  # status 1: two inputs failed
            record = json.loads(content(profile).splitlines()[-1])
            self.assertEqual(record["omp"]["delivered"], cpus)
        self.assert_merged()

    def test_task_submitted_again_alone(self):
        """An array of one task is no run of its own beside the shards that are there."""
        job = self.submit()
        self.wait_for_groups(3, SHARDS)
        self.controller.check("scancel", f"{job}_3")
        self.wait(job, "COMPLETED", "CANCELLED", "FAILED")
        again = self.site.sbatch(words_of(BINARY, "run", self.input, "-o", self.out, "--resume"),
                                 "--array=3", "-o", f"{self.logs}/again")
        self.wait(again, "FAILED")
        self.assertRegex(self.said("again"), r"--shard")
        self.assertFalse(os.path.exists(self.out))


if __name__ == "__main__":
    need(missing(*PROGRAMS))
    program.main()
