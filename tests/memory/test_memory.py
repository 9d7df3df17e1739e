#!/usr/bin/python3
"""Peak memory: it does not grow with the number of inputs but for the manifest, and stays below
the bound that the program promises for a number of threads."""
import json
import os
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

KB, MB = 1 << 10, 1 << 20
PER_INPUT = 128  # bytes that manifest, plan and index may hold of an input beside its path


def bound(threads, file_bytes, width, held=0, inflated=0):
    """The most a run may take: threads x (compressed file + 2 MB + 256 B a pixel of width above
    4096 + what is inflated of a PNG at once) + 16 MB, and once what one picture above the
    per-thread bound has to hold."""
    return (16 * MB + threads * (file_bytes + 2 * MB + 256 * max(0, width - 4096) + inflated) +
            held)


@unittest.skipIf(program.sanitized(), "a sanitizer's memory is not the program's")
class Memory(program.ProgramTest):

    def peak(self, inputs, *options):
        """Peak resident bytes of a clean run."""
        status, peak = program.peak_memory("run", inputs, "-o", self.at("o.npy"), "--force", "-q",
                                           *options)
        self.assertEqual(status, program.CLEAN)
        return peak

    def links(self, count):
        """A folder of hard links to a few small pictures; the bytes of all paths with it."""
        random = numpy.random.default_rng(1)
        folder = self.at(f"links{count}")
        sources = []
        for number, data in enumerate((
                pictures.jpeg(pictures.texture(random, 40, 30, 3)),
                pictures.jpeg(pictures.texture(random, 33, 44, 3), progressive=True),
                pictures.make_png(random, 30, 30, 8, pictures.RGB_ALPHA),
                pictures.make_png(random, 30, 30, 8, pictures.RGB, interlaced=True))):
            sources.append(self.write(f"sources{count}/{number}", data))
        total = 0
        for number in range(count):
            part = os.path.join(folder, f"{number // 1000:03}")
            if number % 1000 == 0:
                os.makedirs(part)
            path = os.path.join(part, f"{number:06}.jpg")
            total += len(path) + 1
            os.link(sources[number % len(sources)], path)
        return folder, total

    def test_many_inputs(self):
        peaks = {}
        for count in (400, 40000):
            folder, path_bytes = self.links(count)
            peak = self.peak(folder, "--size", "8x8", "--threads", "2")
            peaks[count] = peak - path_bytes - PER_INPUT * count, peak
        self.assertLess(peaks[40000][0], peaks[400][0] * 1.1, peaks)

    def test_the_summary_tells_the_truth(self):
        """Also when a program of some size starts the run, as this one is made to be."""
        folder, _ = self.links(400)
        ballast = bytearray(os.urandom(KB)) * (200 * KB)
        result = self.check(program.run("run", folder, "-o", self.at("t.npy"), "--json"),
                            program.CLEAN)
        told = json.loads(result.stdout)["peak_memory_bytes"]
        self.assertEqual(len(ballast), 200 * MB)
        measured = self.peak(folder)
        self.assertLess(abs(told - measured), max(8 * MB, measured // 4))

    def test_photos_for_thread_numbers(self):
        random = numpy.random.default_rng(2)
        data = [pictures.jpeg(pictures.texture(random, 2000, 1500, 3), quality=quality)
                for quality in (60, 95)]
        for number in range(48):
            self.write(f"in/{number}.jpg", data[number % 2])
        largest = max(map(len, data))
        for threads in (1, 2, 8, 16):
            with self.subTest(threads=threads):
                self.assertLess(self.peak(self.at("in"), "--threads", str(threads)),
                                bound(threads, largest, 2000))

    def test_wide_pictures(self):
        random = numpy.random.default_rng(3)
        samples = pictures.texture(random, 65000, 16, 3)
        for number in range(12):
            self.write(f"in/{number}.jpg", pictures.jpeg(samples, quality=80))
            self.write(f"in/{number}.png", pictures.png(samples, 8, pictures.RGB, level=1))
        largest = max(os.path.getsize(self.at("in", name)) for name in os.listdir(self.at("in")))
        inflated = 16 * (3 * 65000 + 1)
        for threads in (1, 4):
            for filters in ("bicubic", "lanczos"):
                with self.subTest(threads=threads, filter=filters):
                    self.assertLess(
                        self.peak(self.at("in"), "--threads", str(threads), "--filter", filters),
                        bound(threads, largest, 65000, inflated=inflated))

    def test_multi_scan_pictures(self):
        """A progressive JPEG buffers 2 bytes a coefficient; those above the bound go one by one."""
        random = numpy.random.default_rng(4)
        width, height = 3000, 2000
        data = pictures.jpeg(pictures.texture(random, width, height, 3), progressive=True,
                             subsampling=0)
        for number in range(12):
            self.write(f"in/{number}.jpg", data)
        held = 2 * 3 * width * height
        single = self.peak(self.at("in"), "--threads", "1")
        self.assertLess(single, bound(1, len(data), width, held))
        for threads in (2, 8):
            with self.subTest(threads=threads):
                self.assertLess(self.peak(self.at("in"), "--threads", str(threads)),
                                bound(threads, len(data), width, 2 * held))

    def test_long_sides_do_not_add_up(self):
        """The weights of a side of a million pixels take much; four threads must not hold four of
        them, neither at a time nor one after the other."""
        for width, height in ((1, 1 << 20), (1 << 20, 1)):
            compress, row = zlib.compressobj(1), b"\0" + bytes(width)
            parts = [compress.compress(row) for _ in range(height)]
            data = (pictures.SIGNATURE + pictures.header(width, height, 8, pictures.GRAY) +
                    pictures.chunk(b"IDAT", b"".join(parts) + compress.flush()) + pictures.END)
            for number in range(6):
                self.write(f"{width}/{number}.png", data)
            single = self.peak(self.at(f"{width}"), "--threads", "1")
            self.assertLess(single, 16 * MB + (256 << 20))
            self.assertLess(self.peak(self.at(f"{width}"), "--threads", "4"),
                            single + bound(3, len(data), 0))

    def test_interlaced_pictures(self):
        """Held whole."""
        width, height = 5000, 4000
        compress, parts = zlib.compressobj(1), []
        for x, y, dx, dy in pictures.ADAM7:
            row = b"\1" + b"\1\2\3" * -(-(width - x) // dx)
            parts += [compress.compress(row) for _ in range(-(-(height - y) // dy))]
        data = (pictures.SIGNATURE + pictures.header(width, height, 8, pictures.RGB, True) +
                pictures.chunk(b"IDAT", b"".join(parts) + compress.flush()) + pictures.END)
        for number in range(8):
            self.write(f"in/{number}.png", data)
        held = 3 * width * height
        for threads in (1, 4):
            with self.subTest(threads=threads):
                self.assertLess(self.peak(self.at("in"), "--threads", str(threads)),
                                bound(threads, len(data), width, 2 * held))

    def test_plain_png(self):
        """Inflated at once up to 32 MB; above it streamed, and not held whole."""
        for width, height, inflated in ((3000, 3600, 3600 * 9001), (6000, 5000, 0)):
            compress, row = zlib.compressobj(1), b"\0" + bytes(range(250)) * (3 * width // 250)
            parts = [compress.compress(row) for _ in range(height)]
            data = (pictures.SIGNATURE + pictures.header(width, height, 8, pictures.RGB) +
                    pictures.chunk(b"IDAT", b"".join(parts) + compress.flush()) + pictures.END)
            self.assertLessEqual(inflated, 32 * MB)
            for number in range(8):
                self.write(f"{width}/{number}.png", data)
            for threads in (1, 4):
                with self.subTest(width=width, threads=threads):
                    self.assertLess(self.peak(self.at(f"{width}"), "--threads", str(threads)),
                                    bound(threads, len(data), width, inflated=inflated))


if __name__ == "__main__":
    program.main()
