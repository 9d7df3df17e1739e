#!/usr/bin/python3
"""--max-memory: the peak stays below it for any team, the array is that of an unlimited run, and
nothing is refused that fits alone."""
import os
import re
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

MB = 1 << 20
PROGRAM, A_THREAD = 8 * MB, 4 * MB + (96 << 10)  # what is asked for at least, for small rows


def flat_png(width, height, interlaced):
    compress, parts = zlib.compressobj(1), []
    for x, y, dx, dy in pictures.ADAM7 if interlaced else [(0, 0, 1, 1)]:
        row = b"\1" + b"\1\2\3" * -(-(width - x) // dx)
        parts += [compress.compress(row) for _ in range(-(-(height - y) // dy))]
    return (pictures.SIGNATURE + pictures.header(width, height, 8, pictures.RGB, interlaced) +
            pictures.chunk(b"IDAT", b"".join(parts) + compress.flush()) + pictures.END)


class MaxMemory(program.ProgramTest):
    """The pictures, by what they take alone: a progressive JPEG 27 MB, an interlaced PNG 27 MB, a
    plain one 27 MB inflated or nothing streamed, a JPEG whose file is 17 MB, small ones, and long
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
            alone = PROGRAM + 3 * MB + (threads - 1) * MB // 2 + 31 * MB
            for limit in (max(least + MB, alone), least + 34 * MB, least + 60 * MB, least + 400 * MB):
                with self.subTest(threads=threads, limit=limit // MB):
                    status, peak = program.peak_memory(
                        "run", self.mix, "-o", self.at("p.npy"), "-f", "-q", "--threads",
                        str(threads), "--max-memory", str(limit))
                    self.assertEqual(status, program.CLEAN)
                    print(f"{threads} threads: peak {peak / MB:.1f} of {limit / MB:.1f} MB")
                    self.assertLess(peak, limit)
        _, peak = program.peak_memory("run", self.mix, "-o", self.at("p.npy"), "-f", "-q",
                                      "--threads", "8")
        self.assertGreater(peak, PROGRAM + 8 * A_THREAD + 60 * MB)  # else nothing was tested

    def test_the_array_is_the_same(self):
        for decode, cases in (("exact", ((1, "dynamic,1"), (8, "static"))),
                              ("fast", ((3, "dynamic,1"),))):
            plain, statuses = self.arrays(self.mix, "--decode", decode)
            self.assertEqual(set(statuses), {"ok"})
            for threads, schedule in cases:
                with self.subTest(threads=threads, schedule=schedule, decode=decode):
                    limit = PROGRAM + threads * A_THREAD + 34 * MB
                    got, statuses = self.arrays(
                        self.mix, "--threads", str(threads), "--max-memory", str(limit),
                        "--schedule", schedule, "--decode", decode)
                    self.assertEqual(set(statuses), {"ok"})
                    self.assertTrue(numpy.array_equal(plain, got))

    def test_a_picture_that_does_not_fit_alone(self):
        """It is refused by its size, with a word; all others are what they were."""
        self.write("in/small.jpg", self.makers["small.jpg"])
        self.write("in/progressive.jpg", self.makers["progressive.jpg"])
        self.write("in/file.jpg", self.makers["file.jpg"])
        self.write("in/video.jpg", b"\0\0\0\x18ftypmp42" + bytes(100 * MB))  # is not read
        plain, statuses = self.arrays(self.at("in"))
        self.assertEqual(statuses, ["ok", "ok", "ok", "unsupported"])
        for threads in (1, 4):
            limit = PROGRAM + threads * A_THREAD + 4 * MB
            out = self.at("o.npy")
            result = program.run("run", self.at("in"), "-o", out, "-f", "--threads", str(threads),
                                 "--max-memory", str(limit))
            self.check(result, program.SOME_FAILED)
            index = program.read_index(program.index_beside(out))
            self.assertEqual([line["status"] for line in index],
                             ["memory", "memory", "ok", "unsupported"])
            self.assertIn("--max-memory", index[0]["reason"])
            self.assertEqual((index[1]["width"], index[1]["height"]), (2500, 1800))
            array = numpy.load(out)
            self.assertTrue(numpy.array_equal(array[2], plain[2]))
            self.assertFalse(array[[0, 1, 3]].any())

    def test_too_little_for_the_program(self):
        """The least is named, and is enough."""
        self.write("in/small.jpg", self.makers["small.jpg"])
        self.write("in/small.png", self.makers["small.png"])
        for limit, threads in (("1", "1"), ("9M", "2")):
            out = self.at("o.npy")
            result = program.run("run", self.at("in"), "-o", out, "--threads", threads,
                                 "--max-memory", limit)
            self.check(result, program.USAGE)
            self.assert_one_line_error(result, "--max-memory", "at least")
            self.assert_nothing_written(out)
            least = re.search(r"at least ([0-9]+M)", result.stderr)[1]
            self.check(program.run("run", self.at("in"), "-o", self.at("e.npy"), "-f", "--threads",
                                   threads, "--max-memory", least), program.CLEAN)
        for wrong in ("0", "", "-1", "many"):
            self.check(program.run("run", self.at("in"), "-o", self.at("w.npy"), "--max-memory",
                                   wrong), program.USAGE)


if __name__ == "__main__":
    program.main()
