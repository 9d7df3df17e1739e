#!/usr/bin/env python3
"""The program under valgrind: no byte is read before it was written, none outside of a block, and no
block is lost, in a run over sound and damaged pictures, in fit and in report."""
import itertools
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import program  # noqa: E402
import records  # noqa: E402

program.python3_modules("numpy", "PIL")
import numpy  # noqa: E402
import pictures  # noqa: E402

if not shutil.which("valgrind"):
    print("skipped: valgrind is not installed")
    sys.exit(program.SKIPPED)
if program.sanitized():
    print("skipped: a sanitizer is looking on already")
    sys.exit(program.SKIPPED)

FOUND = 97  # valgrind's exit status when it found something
PLANTED = os.environ.get("PLANTED_ERRORS", "planted_errors")
# What OpenMP's runtime still holds at the end is not lost.
WATCH = [shutil.which("valgrind"), "--quiet", "--leak-check=full", "--show-leak-kinds=definite",
         "--errors-for-leak-kinds=definite", f"--error-exitcode={FOUND}"]


def watch(*command, simd="scalar", **changes):
    """Vector kernels may read up to 64 bytes of slack behind a row, which they multiply by weights of
    zero: for valgrind that makes sums of unknown value, so with them only places are checked. Kernels
    for AVX-512 are left out, which not every valgrind knows."""
    values = ["--undef-value-errors=no"] if simd != "scalar" else []
    return subprocess.run([*WATCH, *values, *map(os.fspath, command)], capture_output=True,
                          env=program.environment(PIXSCALE_SIMD=simd, **changes), timeout=600,
                          check=False)


class Memory(program.ProgramTest):
    def clean(self, status, *arguments, **changes):
        result = watch(program.BINARY, *arguments, **changes)
        self.assertEqual(result.returncode, status, result.stderr.decode("utf-8", "replace"))
        self.assertNotRegex(result.stderr, rb"(?m)^==[0-9]+==")
        return result

    def test_errors_that_were_planted_are_found(self):
        for name, words in (("unset", b"uninitialised"), ("beyond", b"Invalid read"),
                            ("lost", b"definitely lost")):
            with self.subTest(error=name):
                result = watch(PLANTED, name)
                self.assertEqual(result.returncode, FOUND)
                self.assertIn(words, result.stderr)
        self.assertEqual(watch(PLANTED, "none").returncode, 0)

    def pictures(self):
        """A few of each kind, and the same cut and with bytes changed."""
        random = numpy.random.default_rng(21)
        files = {}
        for name, mode, channels, options in pictures.JPEG_KINDS:
            samples = pictures.texture(random, 70, 50, channels)
            files[f"{name}.jpg"] = pictures.jpeg(samples, mode, **options)
        for name, depth, color, entries in pictures.PNG_KINDS:
            for interlaced in (False, True):
                files[f"{name}-{interlaced}.png"] = pictures.make_png(
                    random, 61, 43, depth, color, entries, interlaced=interlaced)
        for name, data in list(files.items()):
            files["cut-" + name] = data[:len(data) * 2 // 3]
            at = int(random.integers(30, len(data)))
            files["bad-" + name] = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]
        files["empty.jpg"] = b""
        for name, data in files.items():
            self.write(os.path.join("in", name), data)
        return len(files)

    def test_run(self):
        count = self.pictures()
        plain = ["--threads", "2"]
        other = ["--threads", "1", "--filter", "lanczos", "--fit", "pad", "--decode", "fast",
                 "--truncated", "accept", "--alpha", "10,20,30", "--exif", "apply", "--dtype", "f32"]
        variants = {"scalar", "avx2"} & set(program.simd_variants())
        for simd, options in itertools.product(sorted(variants), (plain, other)):
            with self.subTest(simd=simd, options=options):
                out = self.at("out.npy")
                self.clean(program.SOME_FAILED, "run", self.at("in"), "-o", out, "--force", "--size",
                           "32x32", "--profile", self.at("p.jsonl"), "--items", *options, simd=simd)
                self.assertEqual(len(numpy.load(out)), count)
                index = program.read_index(program.index_beside(out))
                self.assertGreater(sum(line["status"] == "ok" for line in index), count // 3)

    def test_fit_and_report(self):
        good = self.write("a.jsonl", records.lines(records.sweep((1, 2, 4), 2, items=4)))
        bad = self.write("b.jsonl", records.lines(records.sweep((1, 2), 1))[:-100])
        self.assertRegex(self.clean(program.CLEAN, "fit", good).stdout, rb"(?i)amdahl")
        self.clean(program.CLEAN, "fit", good, "--json")
        self.clean(program.USAGE, "fit", good, bad)
        # Without gnuplot, whose own memory is its own affair.
        self.clean(program.CLEAN, "report", good, "-o", self.at("a.html"), PATH=self.folder)
        with open(self.at("a.html"), encoding="utf-8") as stream:
            self.assertIn("<h1", stream.read())


if __name__ == "__main__":
    program.main()
