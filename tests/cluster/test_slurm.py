#!/usr/bin/env python3
"""A run spread by Slurm itself, by the scripts that `pixscale slurm` prints: arrays of tasks, steps,
mpirun within a job; tasks that are requeued, cancelled or lost with their host; at the end the
bytes of a single run.

Two hosts of two CPUs each, by slurm_site.py. Environment: PIXSCALE, HASTY.
"""
import json
import os
import re
import unittest

from cluster import BINARY, PAUSE, ClusterTest, content, missing, need, program, words_of
from hosts import find
from slurm_site import PROGRAMS, Site

SHARDS = 4
ENDED = ("COMPLETED", "CANCELLED", "FAILED")


class Slurm(ClusterTest):

    def setUp(self):
        super().setUp()
        self.site = Site(self.network(), ["node1", "node2"], task="task/affinity")
        self.prepare(*self.site.hosts)
        self.controller = self.site.controller
        self.logs = os.path.join(self.site.folder, "said")  # Slurm writes what jobs say there
        os.mkdir(self.logs)

    def script(self, *options, run=()):
        """What `pixscale slurm` prints. A task that comes back appends to what it said."""
        return self.controller.check(BINARY, "slurm", *options, self.input, "-o", self.out,
                                     "--sbatch=--open-mode=append", "--", *run, cwd=self.logs)

    def submit(self, script):
        """Pipes it into bash; the numbers of its jobs in their order."""
        result = self.controller.run("bash", stdin=script, cwd=self.logs)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return re.findall(r"job (\d+)", result.stdout)

    def submit_array(self, *run):
        """A task for every shard, each with a CPU and seconds to go; (the array's number, the
        merge's)."""
        self.controller.variables.update(PAUSE)
        return self.submit(self.script("--nodes", str(SHARDS), "--cpus-per-task", "1", run=run))

    def said(self, job, task=None):
        name = f"slurm-{job}.out" if task is None else f"slurm-{job}_{task}.out"
        return content(os.path.join(self.logs, name)).decode()

    def wait(self, job, *states):
        try:
            self.site.wait_for_job(job, *(states or ("COMPLETED",)))
        except Exception as error:
            told = [f"--- {name}\n" + content(os.path.join(self.logs, name)).decode()
                    for name in sorted(os.listdir(self.logs))]
            raise AssertionError(f"{error}\n" + "\n".join(told)) from None

    def hurry(self, job, task):
        """A task that is put into the queue again has a pause of two minutes: here of seconds, which
        its host wants, lest it take the new start for one of the job that it has killed."""
        self.site.wait_for_job(f"{job}_{task}", "PENDING", seconds=60)
        self.controller.check("scontrol", "update", f"JobId={job}_{task}",
                              "StartTime=now+4seconds")

    def test_array_with_a_requeued_task(self):
        """As an operator does it, or a preemption."""
        job, merge = self.submit_array("--json")
        self.wait_for_groups(2, SHARDS)
        self.controller.check("scontrol", "requeue", f"{job}_2")
        self.hurry(job, 2)
        self.wait(job)
        self.assertEqual(self.site.job(f"{job}_2")["Restarts"], "1")
        self.assert_resumed(self.said(job, 2))
        self.wait(merge)
        self.assert_merged()

    def test_cancelled_task(self):
        """The merge names what is missing; another run of it, anywhere, completes the array."""
        job, merge = self.submit_array()
        self.wait_for_groups(3, SHARDS)
        self.controller.check("scancel", f"{job}_3")
        self.wait(job, *ENDED)
        self.assertNotEqual(self.site.job(f"{job}_3")["JobState"], "COMPLETED")
        self.wait(merge, "FAILED")
        self.assertIn(f"3/{SHARDS}", self.said(merge))
        self.assertFalse(os.path.exists(self.out))
        commands = self.commands_named(self.said(merge))
        self.assertEqual(len(commands), 1, self.said(merge))
        result = self.site.hosts[1].run("sh", "-c", commands[0] + " --json", cwd="/tmp")
        self.assertEqual(result.returncode, program.CLEAN, result.stderr)
        self.assert_resumed(result.stdout)
        self.merge(self.controller)
        self.assert_merged()

    def test_same_script_again(self):
        """After a failure: what is done ends at once, the rest goes on."""
        script = self.script("--nodes", str(SHARDS), "--cpus-per-task", "1", run=["--json"])
        self.controller.variables.update(PAUSE)
        job, merge = self.submit(script)
        self.wait_for_groups(3, SHARDS)
        self.controller.check("scancel", f"{job}_3")
        self.wait(job, *ENDED)
        self.wait(merge, "FAILED")
        job, merge = self.submit(script)
        self.wait(job)
        self.wait(merge)
        for task in range(1, SHARDS + 1):
            self.assert_resumed(self.said(job, task))
        self.assert_merged()

    def test_host_without_power(self):
        """Slurm finds that it is gone, and has its tasks go on elsewhere."""
        job, merge = self.submit_array("--json")
        for shard in range(1, SHARDS + 1):
            self.wait_for_groups(shard, SHARDS)
        tasks = {task: self.site.job(f"{job}_{task}") for task in range(1, SHARDS + 1)}
        lost = [task for task, about in tasks.items()
                if about.get("BatchHost") == "node2" and about["JobState"] == "RUNNING"]
        self.assertTrue(lost)
        self.site.hosts[1].cut_power()
        for task in lost:
            self.hurry(job, task)
        self.wait(job)
        for task in lost:
            self.assertEqual(self.site.job(f"{job}_{task}")["BatchHost"], "node1")
            self.assert_resumed(self.said(job, task))
        self.wait(merge)
        self.assert_merged()

    def test_one_job(self):
        """srun, and where it is there mpirun, start the shards of one job on both hosts; the records
        say who made which rows."""
        launchers = {"srun": "slurm"}
        if find("mpirun"):
            launchers["mpirun"] = "openmpi"
        for launcher in launchers:
            with self.subTest(launcher=launcher):
                profile = os.path.join(self.site.folder, f"{launcher}.jsonl")
                for host in self.site.hosts:
                    host.variables.update(OMPI_ALLOW_RUN_AS_ROOT="1",
                                          OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
                job, = self.submit(self.script(
                    "--launcher", launcher, "--nodes", "2", "--tasks-per-node", "2",
                    "--cpus-per-task", "1", run=["--profile", profile]))
                self.wait(job)
                self.assert_merged()
                records = [json.loads(line) for line in content(profile).splitlines()]
                self.assertEqual(sorted(record["shard"]["index"] for record in records),
                                 [1, 2, 3, 4])
                self.assertEqual(len({record["shard"]["set"] for record in records}), 1)
                self.assertEqual({record["host"]["name"] for record in records},
                                 {"node1", "node2"})
                self.assertEqual({record["launch"]["local_ranks"] for record in records}, {2})
                self.assertEqual({record["omp"]["delivered"] for record in records}, {1})
                self.remove_array()

    def test_threads_are_those_that_slurm_gives(self):
        profile = os.path.join(self.site.folder, "profile.jsonl")
        for cpus in (1, 2):
            job = self.site.sbatch(
                words_of(BINARY, "run", self.input, "-o", self.out, "-q", "--force", "--profile",
                         profile), f"--cpus-per-task={cpus}", cwd=self.logs)
            self.wait(job, "FAILED")  # status 1: two inputs failed
            record = json.loads(content(profile).splitlines()[-1])
            self.assertEqual(record["omp"]["delivered"], cpus)
        self.assert_merged()

    def test_task_submitted_again_alone(self):
        """An array of one task is no run of its own beside the shards that are there."""
        job, merge = self.submit_array()
        self.wait_for_groups(3, SHARDS)
        self.controller.check("scancel", f"{job}_3", merge)
        self.wait(job, *ENDED)
        again = self.site.sbatch(words_of(BINARY, "run", self.input, "-o", self.out, "--resume"),
                                 "--array=3", cwd=self.logs)
        self.wait(again, "FAILED")
        self.assertIn("--shard", self.said(again, 3))
        self.assertFalse(os.path.exists(self.out))


if __name__ == "__main__":
    need(missing(*PROGRAMS))
    program.main()
