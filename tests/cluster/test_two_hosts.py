#!/usr/bin/env python3
"""A run on two hosts that reach each other by ssh, one of which loses its power in the middle; and
on a folder that the second has only across the network, by sshfs, which tells another inode and
coarser times of a file than the disk does.

Hosts by hosts.py. Environment: PIXSCALE, HASTY.
"""
import os
import subprocess
import threading
import unittest

from cluster import BINARY, PAUSE, ClusterTest, content, missing, need, program, words_of
from hosts import HostError, find
from secure_shell import PROGRAMS, SecureShell

SHARDS = 4


class TwoHosts(ClusterTest):

    def setUp(self):
        super().setUp()
        network = self.network()
        self.hosts = self.near, self.far = network.host("near"), network.host("far")
        self.prepare(*self.hosts)
        self.ssh = SecureShell(network, self.hosts)
        self.cables = network
        self.pause = []

    def start(self, host, shard, *options):
        """A shard's run on a host, by ssh from the first one; a process."""
        command = words_of(*self.pause, BINARY, "run", self.input, "-o", self.out, "--shard",
                           f"{shard}/{SHARDS}", "-t", "1", "--resume", *options)
        return self.near.start(*self.ssh.client, host.name, command, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)

    def finish(self, process, status=program.CLEAN):
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, status, out + err)
        return out, err

    def parallel(self, *options):
        """GNU parallel on the first host, with shards for both: its result."""
        return self.near.run(
            "parallel", "--will-cite", "--ssh", words_of(*self.ssh.client), "-S", "1/near,1/far",
            *options, *self.pause, BINARY, "run", "-q", self.input, "-o", self.out, "--resume", "-t", "1",
            "--shard", "{}/%d" % SHARDS, ":::", *map(str, range(1, SHARDS + 1)), timeout=300)

    def take_seconds(self):
        """The runs from here on."""
        self.pause = ["env", *(f"{name}={value}" for name, value in PAUSE.items())]

    def stop(self, host):
        """SIGTERM to the program there, by the number that its own host gives it."""
        for line in host.check("ps", "-eo", "pid=,args=").splitlines():
            pid, *words = line.split()
            if words[0] == BINARY:
                host.check("kill", "-TERM", pid)

    def cut_power(self):
        """Its cable first, so that nothing it says as it dies gets through."""
        self.cables.unplug(self.far)
        self.far.cut_power()

    def test_shards_on_both(self):
        """Both begin at the same time, so that both may publish what all share."""
        runs = [self.start(self.hosts[shard % 2], shard) for shard in range(1, SHARDS + 1)]
        for run in runs:
            self.finish(run)
        self.merge(self.near)
        self.assert_merged()

    def test_merged_from_afar(self):
        """By the host that has the folder across the network, at once after the other's shards."""
        for shard in range(1, SHARDS + 1):
            self.finish(self.start(self.hosts[shard % 2], shard))
        self.merge(self.far)
        self.assert_merged()

    @unittest.skipUnless(find("parallel"), "GNU parallel is not installed")
    def test_parallel(self):
        result = self.parallel()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.merge(self.near)
        self.assert_merged()

    def test_host_without_power(self):
        """The others end; the merge names the shard; another run of it goes on from there."""
        self.take_seconds()
        runs = {shard: self.start(self.far if shard == 2 else self.near, shard)
                for shard in range(1, SHARDS + 1)}
        self.wait_for_groups(2, SHARDS)
        self.cut_power()
        for shard, run in runs.items():
            self.finish(run, 255 if shard == 2 else program.CLEAN)  # 255: ssh's own
        said = self.merge(self.near, program.OUTPUT)
        self.assertFalse(os.path.exists(self.out))
        commands = self.commands_named(said)
        self.assertEqual(len(commands), 1, said)
        self.assertIn(f"2/{SHARDS}", commands[0])
        result = self.near.run("sh", "-c", commands[0] + " --json", cwd="/tmp")
        self.assertEqual(result.returncode, program.CLEAN, result.stderr)
        self.assert_resumed(result.stdout)
        self.merge(self.near)
        self.assert_merged()

    @unittest.skipUnless(find("parallel"), "GNU parallel is not installed")
    def test_parallel_goes_on_without_the_host(self):
        """It has the lost shards made by the host that is left, which goes on from their journals."""
        self.take_seconds()
        outcome = []
        thread = threading.Thread(
            target=lambda: outcome.append(self.parallel("--retries", "4")))
        thread.start()
        try:
            self.wait_for_groups(2, SHARDS)
            self.cut_power()
        finally:
            thread.join()
        self.assertEqual(outcome[0].returncode, 0, outcome[0].stdout + outcome[0].stderr)
        self.merge(self.near)
        self.assert_merged()

    def test_goes_on_at_another_host(self):
        """Stopped on the far host, resumed on the near one, and the other way round."""
        for first, second in ((self.far, self.near), (self.near, self.far)):
            with self.subTest(first=first.name):
                # Of a name that was another file's a moment ago a network may still tell that.
                self.out = os.path.join(self.shared, f"stopped-{first.name}.npy")
                self.take_seconds()
                run = self.start(first, 1)
                self.wait_for_groups(1, SHARDS)
                self.stop(first)
                self.finish(run, 143)
                self.pause = []
                out, _ = self.finish(self.start(second, 1, "--json"))
                self.assert_resumed(out)
                for shard in range(2, SHARDS + 1):
                    self.finish(self.start(self.near, shard))
                self.merge(self.near)
                self.assert_merged()
                self.remove_array()


class AcrossTheNetwork(TwoHosts):
    """The folder is the near host's."""

    def setUp(self):
        super().setUp()
        try:
            self.ssh.mount(self.far, self.near, self.shared)
        except HostError as error:
            self.skipTest(f"no folder across the network here: {error}")

    def test_the_folder_crosses_the_network(self):
        """Else this would show nothing."""
        kind = ("findmnt", "-n", "-o", "FSTYPE", "-T", self.shared)
        self.assertIn("sshfs", self.far.check(*kind))
        self.assertNotIn("sshfs", self.near.check(*kind))

    def test_shards_on_both(self):
        """Every slot has its row, whoever began, though the list was frozen on one of them."""
        for first in self.hosts:
            with self.subTest(first=first.name):
                other = self.far if first is self.near else self.near
                self.out = os.path.join(self.shared, f"begun-{first.name}.npy")
                runs = [self.start(first, 1)]
                self.wait_for_groups(1, SHARDS, 1)
                runs += [self.start((other, first)[shard % 2], shard)
                         for shard in range(2, SHARDS + 1)]
                for run in runs:
                    self.finish(run)
                self.assertEqual(content(f"{self.out}.shards/array.npy"), content(self.single))
                self.merge(self.near)
                self.assert_merged()

    def test_begun_by_all_at_once(self):
        """One list, one array, and nothing left of those who were slower."""
        runs = [self.start(self.hosts[shard % 2], shard) for shard in range(1, SHARDS + 1)]
        for run in runs:
            self.finish(run)
        names = [f"{shard}-of-{SHARDS}.npy.journal" for shard in range(1, SHARDS + 1)]
        self.assertEqual(sorted(os.listdir(self.out + ".shards")),
                         sorted([*names, "array.npy", "inputs", "manifest", "set"]))
        self.assertEqual(content(f"{self.out}.shards/array.npy"), content(self.single))



if __name__ == "__main__":
    need(missing(*PROGRAMS))
    program.main()
