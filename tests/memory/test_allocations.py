#!/usr/bin/python3
"""Once warm, a picture asks the heap for nothing: a list of the same pictures twice as long makes
the program ask no oftener, but for the one or two blocks that a longer list itself takes.

The decoders' libraries count, too. Only libjpeg has a pool of its own for each picture, of some ten
blocks, which the heap has ready from the picture before: no memory is mapped for them."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

COUNTER = os.environ.get("COUNT_ALLOCATIONS_LIBRARY", "")
OF_LISTS = 3    # blocks that twice as long a list may take
OF_THREADS = 30  # and those by which two runs of a team differ: did both threads get to work?
OF_LIBJPEG = 16  # a picture


@unittest.skipIf(program.sanitized(), "a sanitizer has a heap of its own")
class Allocations(program.ProgramTest):

    def count(self, paths, *options, status):
        """(requests by the program's own code, by all libraries) of one run."""
        listing, out, told = self.at("list"), self.at("o.npy"), self.at("told")
        with open(listing, "w", encoding="utf-8") as stream:
            stream.write("\n".join(paths))
        result = program.run("run", "--files-from", listing, "-o", out, "-f", "-q", *options,
                             env={"LD_PRELOAD": COUNTER, "COUNT_ALLOCATIONS": told})
        self.check(result, status)
        with open(told, encoding="utf-8") as stream:
            return tuple(map(int, stream.read().split()))

    def more(self, paths, *options, times=40, status=program.CLEAN):
        """By how much the counts grow when the list is twice as long."""
        once, twice = (self.count(paths * n, *options, status=status)
                       for n in (times, 2 * times))
        self.assertGreater(min(once), 10)  # else nothing was counted
        return [b - a for a, b in zip(once, twice)]

    def kinds(self):
        """Pictures of all ways through the decoders, in sizes that differ."""
        random = numpy.random.default_rng(5)
        sizes = ((61, 47), (130, 90), (200, 171))
        for name, make in (
                ("jpeg", lambda w, h: pictures.jpeg(pictures.texture(random, w, h, 3))),
                ("progressive", lambda w, h: pictures.jpeg(pictures.texture(random, w, h, 3),
                                                           progressive=True)),
                ("png", lambda w, h: pictures.make_png(random, w, h, 8, pictures.RGB_ALPHA)),
                ("interlaced", lambda w, h: pictures.make_png(random, w, h, 8, pictures.RGB,
                                                              interlaced=True))):
            paths = [self.write(f"{name}-{w}", make(w, h)) for w, h in sizes]
            yield name, paths, name in ("jpeg", "progressive")
        # too large to be inflated at once: libspng hands out its rows
        samples = numpy.zeros((1500, 4000, 3), numpy.uint8)
        path = self.write("streamed", pictures.png(samples, 8, pictures.RGB, level=1,
                                                   filters=(0,)))
        yield "streamed", [path], False

    def test_a_picture_takes_no_memory(self):
        for name, paths, libjpeg in self.kinds():
            for options in (["--serial"], ["--serial", "--decode", "fast", "--exif", "apply"],
                            ["-t", "2"], ["--serial", "--dtype", "f32", "--layout", "chw"]):
                with self.subTest(kind=name, options=options):
                    times = 2 if name == "streamed" else 40
                    own, others = self.more(paths, *options, times=times)
                    allowed = OF_LISTS + (OF_THREADS if "-t" in options else 0)
                    self.assertLessEqual(own, allowed)
                    self.assertLessEqual(others, allowed + libjpeg * OF_LIBJPEG * times * len(paths))
                    print(f"{name} {' '.join(options)}: {own:+} own, {others:+} of libraries")

    def test_a_damaged_picture_takes_none_either(self):
        random = numpy.random.default_rng(6)
        for name, data in (
                ("png", pictures.make_png(random, 90, 80, 8, pictures.RGB)),
                ("interlaced", pictures.make_png(random, 90, 80, 8, pictures.RGB,
                                                 interlaced=True))):
            path = self.write(name, data[:len(data) // 2])
            good = self.write(f"{name}-good", data)
            with self.subTest(kind=name):
                own, others = self.more([path, good], "--serial", status=program.SOME_FAILED)
                self.assertLessEqual(own, OF_LISTS)
                self.assertLessEqual(others, OF_LISTS)


if __name__ == "__main__":
    if not COUNTER:
        print("skipped: COUNT_ALLOCATIONS_LIBRARY names no library that counts")
        sys.exit(program.SKIPPED)
    program.main()
