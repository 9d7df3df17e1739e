#!/usr/bin/env python3
"""A run spread on one machine by the mpirun of Open MPI and of MPICH, and by GNU parallel: at the
end the bytes of a single run. Each case is skipped where its launcher is missing.

Environment: PIXSCALE, HASTY.
"""
import json
import os
import shutil
import subprocess
import unittest

from cluster import BINARY, ClusterTest, content, program


def version(name):
    """What a launcher says of itself; "" where there is none."""
    if not shutil.which(name):
        return ""
    said = subprocess.run([name, "--version"], check=False, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return said.stdout


OPEN_MPI = next((name for name in ("mpirun.openmpi", "mpirun") if "Open MPI" in version(name)), "")
MPICH = next((name for name in ("mpirun.mpich", "mpiexec.hydra", "mpirun")
              if "HYDRA" in version(name)), "")
PARALLEL = "parallel" if "GNU parallel" in version("parallel") else ""
CPUS = len(os.sched_getaffinity(0))


class Launched(ClusterTest):

    def launch(self, *words, status=program.CLEAN, **variables):
        """Runs a launcher's command; (stdout, stderr)."""
        environment = program.environment(
            OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", HOME=self.folder,
            PARALLEL_HOME=self.folder, **variables)
        result = subprocess.run(list(map(os.fspath, words)), env=environment, check=False,
                                cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout, result.stderr

    def records(self, *launcher, run=()):
        """Runs it under a launcher; the records that the ranks left."""
        profile = self.at("profile.jsonl")
        self.said = self.launch(*launcher, BINARY, "run", self.input, "-o", self.out, "--profile",
                                profile, *run)
        return [json.loads(line) for line in content(profile).splitlines()]

    def assert_ranks(self, records, ranks):
        """One shard of one set from each, and all rows once."""
        shards = sorted((record["shard"] for record in records), key=lambda shard: shard["index"])
        self.assertEqual([shard["index"] for shard in shards], list(range(1, ranks + 1)))
        self.assertEqual({(shard["set"], shard["count"], shard["set_rows"]) for shard in shards},
                         {(shards[0]["set"], ranks, len(os.listdir(self.input)))})
        row = 0
        for shard in shards:
            self.assertEqual(shard["first_row"], row)
            row += shard["rows"]
        self.assertEqual(row, shards[0]["set_rows"])
        told = [record["launch"] for record in records]
        self.assertEqual(sorted(launch["rank"] for launch in told), list(range(ranks)))
        self.assertEqual({(launch["ranks"], launch["local_ranks"]) for launch in told},
                         {(ranks, ranks)})


@unittest.skipUnless(OPEN_MPI, "Open MPI's mpirun is not installed")
class OpenMpi(Launched):

    def test_two_ranks(self):
        records = self.records(OPEN_MPI, "-n", "2", "--oversubscribe", "--bind-to", "none",
                               run=["-q"])
        self.assert_ranks(records, 2)
        self.merge()
        self.assert_merged()

    def test_four_ranks_on_however_few_cpus(self):
        self.assert_ranks(self.records(OPEN_MPI, "-n", "4", "--oversubscribe", run=["-q"]), 4)
        self.merge()
        self.assert_merged()

    def test_one_rank_is_a_run(self):
        """There is nothing to merge."""
        self.launch(OPEN_MPI, "-n", "1", BINARY, "run", "-q", self.input, "-o", self.out,
                    status=program.SOME_FAILED)
        self.assert_merged()

    @unittest.skipIf(CPUS < 2, "one CPU: nothing is bound to fewer")
    def test_bound_to_one_cpu(self):
        """What mpirun does to two ranks by itself is said where it leaves fewer CPUs than threads."""
        records = self.records(OPEN_MPI, "-n", "2", "--bind-to", "core", run=["-t", "2"])
        self.assertEqual({record["omp"]["delivered"] for record in records}, {2})
        self.assertIn("2 threads were asked for, and Open MPI's mpirun leaves this process 1 of",
                      self.said[1])
        self.merge()
        self.assert_merged()

    def test_killed_rank(self):
        """mpirun kills the others; the same command with --resume completes the array."""
        command = [OPEN_MPI, "-n", "3", "--oversubscribe", BINARY, "run", self.input, "-o", self.out,
                   "-q"]
        victim = ('[ "$OMPI_COMM_WORLD_RANK" = 1 ] || exec "$@"; "$@" & '
                  'until grep -qsa BTCH "$0"; do sleep 0.01; done; kill -KILL $!; wait $!')
        environment = program.environment(OMPI_ALLOW_RUN_AS_ROOT="1",
                                          OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        killed = subprocess.run(
            [*command[:4], "sh", "-c", victim, self.shard_file(2, 3, ".journal"), *command[4:],
             "-t", "1"], check=False, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.assertNotEqual(killed.returncode, 0, killed.stdout)
        self.assertGreater(self.groups(2, 3), 0)
        self.merge(status=program.OUTPUT)
        self.launch(*command, "--resume")
        self.merge()
        self.assert_merged()


@unittest.skipUnless(MPICH, "MPICH's mpirun is not installed")
class Mpich(Launched):

    def test_four_ranks(self):
        self.assert_ranks(self.records(MPICH, "-n", "4", run=["-q"]), 4)
        self.merge()
        self.assert_merged()


@unittest.skipUnless(PARALLEL, "GNU parallel is not installed")
class Parallel(Launched):

    def test_seven_shards_two_at_a_time(self):
        self.launch(PARALLEL, "--will-cite", "--halt", "now,fail=1", "-j", "2", BINARY, "run", "-q",
                    self.input, "-o", self.out, "--shard", "{}/7", ":::", *"1234567")
        self.merge()
        self.assert_merged()

    def test_more_shards_than_inputs(self):
        few = self.at("few")
        os.mkdir(few)
        for name in sorted(os.listdir(self.input))[:3]:
            os.link(os.path.join(self.input, name), os.path.join(few, name))
        self.launch(PARALLEL, "--will-cite", "-j", "2", BINARY, "run", "-q", few, "-o", self.out,
                    "--shard", "{}/5", ":::", *"12345")
        self.merge(status=program.CLEAN)
        alone = self.at("alone.npy")
        self.check(program.run("run", "-q", few, "-o", alone), program.CLEAN)
        self.assertEqual(content(self.out), content(alone))
        self.assertEqual(content(program.index_beside(self.out)),
                         content(program.index_beside(alone)))


if __name__ == "__main__":
    program.main()
