#!/usr/bin/python3
"""--max-memory: the peak stays below it for any team, the array is that of an unlimited run, and
nothing is refused that fits alone."""
import os
import shutil
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

MB = 1 << 20
PROGRAM, A_THREAD = 8 * MB, 4 * MB  # what is asked for at least, for small rows


def flat_png(width, height, interlaced):
    compress, parts = zlib.compressobj(1), []
    for x, y, dx, dy in pictures.ADAM7 if interlaced else [(0, 0, 1, 1)]:
        row = b"\1" + b"\1\2\3" * -(-(width - x) // dx)
        parts += [compress.compress(row) for _ in range(-(-(height - y) // dy))]
    return (pictures.SIGNATURE + pictures.header(width, height, 8, pictures.RGB, interlaced) +
            pictures.chunk(b"IDAT", b"".join(parts) + compress.flush()) + pictures.END)


class MaxMemory(program.ProgramTest):
    """The pictures, by what they take alone: a progressive JPEG 27 MB, an interlaced PNG 27 MB, a
    plain one 27 MB inflated or nothing streamed, a JPEG whose file is 10 MB, small ones, and long
    sides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        random = numpy.random.default_rng(8)
        noise = random.integers(0, 256, (2000, 3000, 3), numpy.uint8)
        cls.makers = {
            "progressive.jpg": pictures.jpeg(pictures.texture(random, 2500, 1800, 3),
                                             progressive=True, subsampling=0),
            "interlaced.png": flat_png(3000, 3000, True),
            "plain.png": flat_png(3100, 2900, False),
            "file.jpg": pictures.jpeg(noise, quality=97, subsampling=0),
            "wide.png": flat_png(60000, 3, False),
            "high.png": flat_png(2, 100000, False),
            "small.jpg": pictures.jpeg(pictures.texture(random, 300, 200, 3)),
            "small.png": pictures.make_png(random, 200, 300, 8, pictures.RGB_ALPHA),
        }
        cls.mix = os.path.join(cls.shared, "mix")
        os.mkdir(cls.mix)
        for name, data in cls.makers.items():
            for number in range(24 if name.startswith("small") else 4):
                with open(os.path.join(cls.mix, f"{number:02}-{name}"), "wb") as stream:
                    stream.write(data)
        assert len(cls.makers["file.jpg"]) > 8 * MB

    def arrays(self, folder, *options):
        """(array, statuses) of a run of any outcome."""
        out = self.at("o.npy")
        result = program.run("run", folder, "-o", out, "-f", "-q", *options)
        self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), str(result))
        return numpy.load(out), [line["status"] for line in
                                 program.read_index(program.index_beside(out))]

    @unittest.skipIf(program.sanitized(), "a sanitizer's memory is not the program's")
    def test_peaks(self):
        for threads in (1, 2, 8, 32):
            least = PROGRAM + threads * A_THREAD
            for limit in (least + 34 * MB, least + 60 * MB, least + 400 * MB):
                with self.subTest(threads=threads, limit=limit // MB):
                    status, peak = program.peak_memory(
                        "run", self.mix, "-o", self.at("p.npy"), "-f", "-q", "--threads",
                        str(threads), "--max-memory", str(limit))
                    self.assertEqual(status, program.CLEAN)
                    print(f"{threads} threads: peak {peak / MB:.1f} of {limit / MB:.1f} MB")
                    self.assertLess(peak, limit)

    def test_the_array_is_the_same(self):
        plain, statuses = self.arrays(self.mix)
        self.assertEqual(set(statuses), {"ok"})
        for threads in (1, 3, 8):
            limit = PROGRAM + threads * A_THREAD + 34 * MB
            for how in (["dynamic,1"], ["static"]):
                for decode in ("exact", "fast") if threads == 3 else ("exact",):
                    with self.subTest(threads=threads, schedule=how, decode=decode):
                        base = plain if decode == "exact" else \
                            self.arrays(self.mix, "--decode", "fast")[0]
                        got, statuses = self.arrays(
                            self.mix, "--threads", str(threads), "--max-memory", str(limit),
                            "--schedule", *how, "--decode", decode)
                        self.assertEqual(set(statuses), {"ok"})
                        self.assertTrue(numpy.array_equal(base, got))


if __name__ == "__main__":
    program.main()
