"""What the tests under real launchers share: pictures that take a task some seconds, the array of a
single run, and ways to see how far a shard is. All of it lies in a folder that every host sees.

The program is HASTY where that is set: the same, but that it records what it has done as often as
it can, so that what is cut off in its first second has something to go on from.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import program  # noqa: E402
from hosts import Network, missing, wait_until  # noqa: E402

BINARY = os.path.abspath(os.environ.get("HASTY") or shutil.which(program.BINARY) or program.BINARY)
PICTURES = 16  # made
NAMES = 10  # of each
# What is to be cut off in its middle rests this long after each picture: it lasts seconds then.
PAUSE = {"HASTY_PAUSE_MS": "200"} if os.environ.get("HASTY") else {}


def need(why):
    """Ends the test file with the word that CTest shows as skipped, where there is a reason."""
    if why:
        print(f"skipped: {why}")
        sys.exit(program.SKIPPED)


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


class ClusterTest(program.ProgramTest):
    """A test with a network of its own. `self.shared` is a folder with `in`, 160 inputs, of which
    two cannot be decoded; `self.single` the array that one process makes of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = os.path.join(cls.shared, "made")
        cls.input = os.path.join(cls.shared, "in")
        os.mkdir(cls.input)
        cls.done(program.run("synth", "-q", "-n", str(PICTURES), "--min-side", "1500",
                             "--max-side", "2500", made), program.CLEAN)
        for number in range(NAMES):
            for name in os.listdir(made):
                os.link(os.path.join(made, name), os.path.join(cls.input, f"{number}-{name}"))
        for name in ("2-bad.jpg", "7-bad.png"):
            with open(os.path.join(cls.input, name), "wb") as stream:
                stream.write(b"neither")
        cls.single = os.path.join(cls.shared, "single.npy")
        cls.done(program.run("run", "-q", cls.input, "-o", cls.single), program.SOME_FAILED)

    @staticmethod
    def done(result, status):
        if result.status != status:
            raise AssertionError(str(result))

    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.shared, f"{self._testMethodName}.npy")

    def network(self):
        """Ended with the test. The program is there as `pixscale`, too."""
        network = Network()
        self.addCleanup(network.close)
        self.bin = os.path.join(network.folder, "bin")
        os.mkdir(self.bin)
        os.symlink(BINARY, os.path.join(self.bin, "pixscale"))
        return network

    def prepare(self, *hosts):
        """Has the program found on these by its name."""
        for host in hosts:
            path = host.environment()["PATH"]
            host.variables["PATH"] = f"{self.bin}:{path}"
            host.variables.update({name: value for name, value in program.environment().items()
                                   if name.endswith("SAN_OPTIONS")})

    def shard_file(self, shard, shards, ending):
        return f"{self.out}.shards/{shard}-of-{shards}.npy{ending}"

    def groups(self, shard, shards):
        """How often a shard has recorded that more of its rows are on disk."""
        try:
            return content(self.shard_file(shard, shards, ".journal")).count(b"BTCH")
        except FileNotFoundError:
            return 0

    def wait_for_groups(self, shard, shards, number=3):
        wait_until(lambda: self.groups(shard, shards) >= number, 60,
                   f"shard {shard}/{shards} has recorded {number} groups of rows")

    def assert_merged(self):
        """The array and the index are those of the single run, and nothing else is left."""
        self.assertEqual(content(self.out), content(self.single), "the array")
        self.assertEqual(content(program.index_beside(self.out)),
                         content(program.index_beside(self.single)), "the index")
        self.assertFalse(os.path.exists(self.out + ".shards"))

    def remove_array(self):
        """So that the same can be made again."""
        os.unlink(self.out)
        os.unlink(program.index_beside(self.out))

    def merge(self, host=None, status=program.SOME_FAILED):
        """By `host`, or by this process: what it printed."""
        words = [BINARY, "merge", self.out]
        if host:
            result = host.run(*words)
        else:
            result = subprocess.run(words, env=program.environment(), check=False, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def commands_named(self, said):
        """The commands by which a merge says that the missing shards are made."""
        return re.findall(r"(?m): (cd .+ && \S+ run .*--shard .*)$", said)

    def assert_resumed(self, said):
        """The last run that told its summary as JSON had rows that were there already."""
        told = re.findall(r'"resumed": *(\d+)', said)
        self.assertTrue(told, said)
        self.assertGreater(int(told[-1]), 0, said)



def words_of(*words):
    """One line for a shell."""
    return shlex.join(map(str, words))


__all__ = ["BINARY", "PAUSE", "ClusterTest", "content", "missing", "need", "program", "wait_until",
           "words_of"]
