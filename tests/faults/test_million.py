#!/usr/bin/python3
"""A million pictures of 1 to 4 KB in one run, interrupted once and resumed: every row and every line
of the index is right, and the memory is that of the list."""
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import oracle
import pictures

COUNT = int(os.environ.get("PIXSCALE_MILLION", "1000000"))
SOURCES = 40  # each linked 25,000 times: some file systems allow no more than 65,000 links
A_FOLDER = 10_000
SIDE = 8
MB = 1 << 20
PER_INPUT = 128  # bytes beside the path


def sources():
    """Names and bytes of pictures of 1 to 4 KB."""
    random = numpy.random.default_rng(8)
    for number in range(SOURCES):
        width, height = (int(random.integers(20, 32)) for _ in range(2))
        for side in range(0, 200, 2):  # grown until it is large enough
            size = width + side, height + side
            if number % 2:
                data = pictures.jpeg(pictures.texture(random, *size, 3), quality=85)
            else:
                data = pictures.make_png(random, *size, 8, pictures.RGB)
            if len(data) >= 1024:
                break
        assert 1024 <= len(data) <= 4096, len(data)
        yield f"{number:02}.{'jpg' if number % 2 else 'png'}", data


@unittest.skipIf(program.sanitized(), "a million instrumented pictures take too long")
class Million(program.ProgramTest):

    def link(self):
        """The folder, and the path of each source."""
        paths = [self.write(f"sources/{name}", data) for name, data in sources()]
        for number in range(COUNT):
            if number % A_FOLDER == 0:
                folder = self.at("in", f"{number // A_FOLDER:03}")
                os.makedirs(folder)
            os.link(paths[number % SOURCES], f"{folder}/{number:07}")
        return self.at("in"), paths

    def interrupt(self, words, journal):
        """Starts the run, and stops it once some of its rows are sure."""
        process = program.spawn(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        patience = time.monotonic() + 600
        while process.poll() is None and time.monotonic() < patience:
            if os.path.exists(journal) and os.path.getsize(journal) > 16 * COUNT:
                process.send_signal(signal.SIGINT)
                break
            time.sleep(0.02)
        self.assertEqual(process.wait(600), 128 + signal.SIGINT)

    def test_a_million(self):
        folder, paths = self.link()
        out = self.at("out.npy")
        words = ["run", folder, "-o", out, "--size", f"{SIDE}x{SIDE}", "-q", "--threads", "2"]
        self.interrupt(words, out + ".journal")
        self.assertFalse(os.path.exists(out))
        status, peak = program.peak_memory(*words, "--resume", timeout=1200)
        self.assertEqual(status, program.CLEAN)
        self.assertEqual(os.listdir(self.folder).count("out.npy.journal"), 0)

        names = sum(len(f"{folder}/000/{0:07}") + 1 for _ in range(COUNT))
        bound = 16 * MB + 2 * (2 * MB + 4096) + PER_INPUT * COUNT + names
        print(f"{COUNT:,} pictures: peak {peak / MB:.0f} MB of {bound / MB:.0f}")
        self.assertLess(peak, bound)

        rows = numpy.stack([oracle.sized(oracle.opened(path), (SIDE, SIDE), "bicubic")
                            for path in paths])
        array = numpy.load(out, mmap_mode="r")
        self.assertEqual(array.shape, (COUNT, SIDE, SIDE, 3))
        for start in range(0, COUNT, A_FOLDER):
            part = array[start:start + A_FOLDER]
            wanted = rows[numpy.arange(start, start + len(part)) % SOURCES]
            self.assertTrue(numpy.array_equal(part, wanted), start)
        self.check_index(out, folder, paths)

    def check_index(self, out, folder, paths):
        sizes = [os.path.getsize(path) for path in paths]
        with open(program.index_beside(out), encoding="utf-8") as stream:
            self.assertEqual(next(stream).rstrip("\n").split(","), program.COLUMNS)
            for number, line in enumerate(stream):
                row, path, status, _, _, _, _, size, reason = line.rstrip("\n").split(",")
                self.assertEqual(
                    (int(row), path, status, int(size), reason),
                    (number, f"{folder}/{number // A_FOLDER:03}/{number:07}", "ok",
                     sizes[number % SOURCES], ""))
        self.assertEqual(number + 1, COUNT)


if __name__ == "__main__":
    program.main()
