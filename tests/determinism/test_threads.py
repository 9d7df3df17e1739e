#!/usr/bin/python3
"""The bytes of array and index do not depend on threads, schedule, order or environment."""
import hashlib
import itertools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures


class Threads(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        """Some 150 pictures of all modes and costs, every ninth damaged."""
        super().setUpClass()
        random = numpy.random.default_rng(4)
        cls.input = os.path.join(cls.shared, "in")
        os.mkdir(cls.input)
        paths = pictures.write_all(cls.input, seed=9)
        for number, path in enumerate(paths):
            if number % 2 == 0:
                os.unlink(path)
            elif number % 9 == 0:
                with open(path, "rb+") as stream:
                    stream.truncate(os.path.getsize(path) * 2 // 3)
        for number, width in enumerate((900, 1400)):
            data = pictures.jpeg(pictures.texture(random, width, 700, 3), progressive=number == 1)
            with open(os.path.join(cls.input, f"large{number}.jpg"), "wb") as stream:
                stream.write(data)
        cls.expected = {}

    def digest(self, *options, env=None):
        """SHA-256 of array and index."""
        out = self.at("o.npy")
        self.check(program.run("run", self.input, "-o", out, "--force", *options, env=env),
                   program.SOME_FAILED)
        digests = []
        for path in (out, program.index_beside(out)):
            with open(path, "rb") as stream:
                digests.append(hashlib.sha256(stream.read()).hexdigest())
        return digests

    def check_same(self, variants, *common):
        """All variants, (options, environment), leave what the plain serial loop leaves."""
        expected = self.digest("--serial", *common)
        for options, env in variants:
            with self.subTest(options=options, env=env):
                self.assertEqual(self.digest(*common, *options, env=env), expected)

    def test_threads_and_schedules(self):
        self.check_same(((["--threads", threads, "--schedule", schedule, "--order", order], None)
                         for threads, schedule, order in itertools.product(
                             ("1", "2", "3", "7", "64"),
                             ("static", "dynamic", "guided", "dynamic,5"), ("cost", "input"))))

    def test_other_ways_through_the_code(self):
        """Options that take other paths: flips, crops, float, luma, dropping."""
        for common in [["--fit", "cover", "--filter", "lanczos", "--size", "99x31"],
                       ["--fit", "pad", "--mode", "l", "--layout", "chw"],
                       ["--dtype", "f32", "--exif", "apply", "--alpha", "9,9,9"],
                       ["--on-error", "drop", "--filter", "nearest"],
                       ["--truncated", "accept"], ["--decode", "fast", "--size", "20x14"],
                       ["--decode", "fast", "--truncated", "accept", "--fit", "cover"]]:
            with self.subTest(common=common):
                self.check_same([(["--threads", threads], None) for threads in ("1", "3", "16")],
                                *common)

    def test_environment(self):
        self.check_same([([], env) for env in (
            {}, {"OMP_NUM_THREADS": "1"}, {"OMP_NUM_THREADS": "5"}, {"OMP_NUM_THREADS": "3,2"},
            {"OMP_SCHEDULE": "static"}, {"OMP_SCHEDULE": "guided,2"},
            {"OMP_SCHEDULE": "monotonic:dynamic,3"}, {"OMP_SCHEDULE": "nonmonotonic:dynamic"},
            {"OMP_SCHEDULE": "auto"},
            {"OMP_PROC_BIND": "true"}, {"OMP_PROC_BIND": "close", "OMP_PLACES": "threads"},
            {"OMP_PROC_BIND": "spread", "OMP_PLACES": "cores", "OMP_NUM_THREADS": "4"},
            {"OMP_DYNAMIC": "true"}, {"OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "4"},
            {"OMP_THREAD_LIMIT": "2", "OMP_NUM_THREADS": "8"}, {"OMP_NESTED": "true"},
            {"JPEGMEM": "1m"}, {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "C", "TZ": "Asia/Kolkata"},
            {"MALLOC_PERTURB_": "170", "OMP_NUM_THREADS": "3"})])

    def test_readahead(self):
        self.check_same([(["--threads", threads, "--readahead", window], None)
                         for threads in ("1", "3") for window in ("0", "1", "20K", "9T")])

    def test_runs_repeat(self):
        self.check_same([(["--threads", "4"], None)] * 4)


if __name__ == "__main__":
    program.main()
