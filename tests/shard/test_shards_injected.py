#!/usr/bin/python3
"""The Nth call of each kind fails while a shard is made: it ends by itself with a right status and
one clear line, keeps no descriptor, harms no other shard, and --resume makes it whole.

Without an argument, every few calls of each kind; with `all`, every one."""
import errno
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import injection
import pictures

injection.needed()
ALL = "all" in sys.argv[1:]
STEPS, MOST = 5, 150  # calls of a kind that are tried: without `all`, with it

KINDS = [("malloc", errno.ENOMEM), ("thread", errno.EAGAIN), ("open", errno.EIO),
         ("read", errno.EIO), ("names", errno.EIO), ("write", errno.ENOSPC),
         ("pwrite", errno.ENOSPC), ("fdatasync", errno.EIO), ("fsync", errno.EIO),
         ("close", errno.EIO), ("reserve", errno.ENOSPC), ("reserve", errno.EOPNOTSUPP),
         ("lock", errno.ENOLCK), ("stat", errno.EIO), ("link", errno.EIO), ("link", errno.EPERM),
         ("rename", errno.EIO), ("mkdir", errno.EACCES)]
WAYS = {"shared": [], "separate": ["--separate"]}


class Injected(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.input = os.path.join(cls.shared, "in")
        os.mkdir(cls.input)
        rng = numpy.random.default_rng(6)
        for number in range(8):
            data = (pictures.make_png(rng, 30, 40 + number, 8, pictures.RGB) if number % 2 else
                    pictures.jpeg(pictures.texture(rng, 60, 50 + number, 3)))
            with open(os.path.join(cls.input, f"p{number}"), "wb") as stream:
                stream.write(b"none" if number == 5 else data)
        good = os.path.join(cls.shared, "good.npy")
        assert program.run("run", cls.input, "-o", good).status == program.SOME_FAILED
        cls.good = numpy.load(good)

    def setUp(self):
        super().setUp()
        self.work = self.at("work")
        self.out = os.path.join(self.work, "o.npy")
        self.set = self.out + ".shards"

    def start(self, shard, way, *options, kind="open", **how):
        return injection.run("run", self.input, "-o", "o.npy", "--shard", shard, *WAYS[way], "-t",
                             "2", *options, kind=kind, cwd=self.work, report=self.at("report"),
                             **how)

    def anew(self):
        shutil.rmtree(self.work, ignore_errors=True)
        os.mkdir(self.work)

    def rows(self, way):
        names = ["array.npy"] if way == "shared" else ["1-of-2.npy", "2-of-2.npy"]
        return numpy.concatenate([numpy.load(os.path.join(self.set, name)) for name in names])

    def assert_held(self, result, way, kind, before):
        self.assertIn(result.status, (program.CLEAN, program.OUTPUT), str(result))
        self.assertFalse(os.path.exists(self.out))
        if result.status == program.OUTPUT:
            lines = [line for line in result.stderr.splitlines()
                     if line and not line.startswith(("libgomp: ", f"pixscale: {self.input}"))]
            self.assertTrue(lines and lines[0].startswith("pixscale: "), str(result))
        if kind != "close" and "runtime gave up" not in result.stderr:
            self.assertEqual(result.left, before.left, str(result))
        again = self.start("1/2", way, "--resume", "--json")
        self.assertEqual(again.status, program.CLEAN, f"{result}\n{again}")
        told = json.loads(again.stdout)
        other = json.loads(self.check(self.start("2/2", way, "--json"), program.CLEAN).stdout)
        rows = self.rows(way)
        if told["shard"]["set_rows"] != len(self.good):
            self.assertIn(kind, ("names", "stat", "open"))  # a folder that could not be read is one row
            return
        wrong = [row for row in range(len(rows)) if not numpy.array_equal(rows[row],
                                                                          self.good[row])]
        # What failed for a while in a shard that came to its end, or was no file when the list was
        # frozen, is a row of zeros, and is told.
        self.assertEqual([row for row in wrong if rows[row].any()], [])
        self.assertLessEqual(len(wrong), told["failed"] + other["failed"] - 1)
        if result.status == program.OUTPUT and kind != "stat":
            self.assertEqual(wrong, [])

    def test_a_journal_is_synced_with_its_rows(self):
        """What a machine takes with it when it stops is not what the journal has told."""
        for way in WAYS:
            self.anew()
            result = self.start("1/2", way, kind="fdatasync", path=".journal")
            self.assertEqual((result.status, result.calls), (program.CLEAN, 1), str(result))
            self.anew()
            result = self.start("1/2", way, kind="fdatasync", path=".journal", at=1)
            self.assertEqual(result.status, program.OUTPUT, str(result))
            self.check(self.start("1/2", way, "--resume"), program.CLEAN)
        self.assertEqual(self.whole_run("fdatasync").calls, 0)

    def whole_run(self, kind):
        self.anew()
        return injection.run("run", self.input, "-o", "o.npy", kind=kind, path=".journal",
                             cwd=self.work, report=self.at("report"))

    def try_all(self, kind, error):
        runs = 0
        for way in WAYS:
            self.anew()
            before = self.check(self.start("1/2", way, kind=kind), program.CLEAN)
            step = max(1, before.calls // (MOST if ALL else STEPS))
            for always in (False, True):
                for at in [*range(1, before.calls + 1, step), before.calls + 1]:
                    with self.subTest(way=way, at=at, always=always):
                        self.anew()
                        result = self.start("1/2", way, kind=kind, at=at, always=always,
                                            error=error)
                        self.assert_held(result, way, kind, before)
                        runs += 1
        print(f"{kind} ({os.strerror(error)}): {runs} runs")


def add_tests():
    for kind, error in KINDS:
        name = f"test_{kind}_{errno.errorcode[error].lower()}"
        setattr(Injected, name, lambda self, how=(kind, error): self.try_all(*how))


if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "all"]
    add_tests()
    program.main()
