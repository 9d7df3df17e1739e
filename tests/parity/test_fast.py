#!/usr/bin/python3
"""`--decode fast`: what it leaves as it is, and how near it comes to Pillow where it does not.

The bounds are those that photograph-like pictures keep with 2 dB to spare. What they are to catch, a
box that is a part of a pixel off on either end, costs up to 15 dB. CMYK has a bound of its own: its
conversion to RGB multiplies, and what Pillow writes as 4:2:2 has three of four inks at half width.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy
from PIL import Image

import oracle
import pictures

SMOOTH = ("bicubic", "bilinear", "hamming", "lanczos")
WORST, WORST_CMYK = 43, 38  # dB


def decibels(expected, got):
    """Peak signal to noise of each picture; 99 when equal."""
    apart = numpy.square(expected.astype(float) - got).reshape(len(expected), -1).mean(axis=1)
    return 10 * numpy.log10(255 ** 2 / numpy.maximum(apart, 255 ** 2 / 10 ** 9.9))


def scene(random, width, height, channels=3):
    """Shapes and a texture with the spectrum of photographs (amplitude falls with frequency), whose
    channels mostly go together."""
    y, x = numpy.mgrid[0:height, 0:width]
    frequency = numpy.hypot(numpy.fft.fftfreq(height)[:, None], numpy.fft.rfftfreq(width)[None])

    def texture(amplitude):
        noise = numpy.fft.rfft2(random.normal(size=(height, width)))
        plane = numpy.fft.irfft2(noise / numpy.maximum(frequency, 1 / width), (height, width))
        return plane / plane.std() * amplitude
    light = texture(30) + 128
    planes = [light + texture(8) for _ in range(channels)]
    for _ in range(12):
        left, top = random.uniform(0, width), random.uniform(0, height)
        inside = numpy.hypot(x - left, y - top) < random.uniform(0.03, 0.2) * width
        for plane in planes:
            plane[inside] += random.uniform(-50, 50)
    return numpy.clip(numpy.stack(planes, axis=2).round(), 0, 255).astype(numpy.uint8)


class Fast(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        """Photograph-like pictures whose sides are no multiples of 8, and one of each orientation.
        """
        super().setUpClass()
        random = numpy.random.default_rng(3)
        cls.scenes = []
        kinds = [dict(quality=88, subsampling=2), dict(quality=92, subsampling=0),
                 dict(quality=80, subsampling=1), dict(quality=88, progressive=True)]
        for number, (width, height) in enumerate(((523, 389), (1037, 701), (389, 1201), (299, 301))):
            for mode, channels in (("RGB", 3), ("L", 1), ("CMYK", 4)):
                data = pictures.jpeg(scene(random, width, height, channels), mode, **kinds[number])
                cls.scenes.append(cls.keep(f"scene{number}-{mode}.jpg", data))
        upright = scene(random, 611, 421)
        cls.decoded = {}
        cls.turned = []
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            data = pictures.jpeg(upright, quality=90, exif=exif.tobytes())
            cls.turned.append(cls.keep(f"turned{orientation}.jpg", data))

    @classmethod
    def keep(cls, name, data):
        path = os.path.join(cls.shared, name)
        with open(path, "wb") as stream:
            stream.write(data)
        return path

    def image(self, path, exif):
        """Decoded once for all tests."""
        if path not in self.decoded:
            self.decoded[path] = oracle.opened(path, exif=exif)
        return self.decoded[path]

    def check_near(self, paths, size, name, fit, margin, exif=False):
        expected = numpy.stack([oracle.sized(self.image(path, exif), size, name, fit)
                                for path in paths])
        options = ["--size", "%dx%d" % size, "--filter", name, "--fit", fit, "--decode", "fast",
                   "--fast-margin", str(margin), *(["--exif", "apply"] if exif else [])]
        array, index, _ = self.preprocess_list(paths, *options)
        near = decibels(expected, array)
        for line in index:  # the file's own size is told, not what was decoded
            self.assertEqual((line["width"], line["height"]), Image.open(line["path"]).size)
        self.check_all(paths, near)
        self.assertLess(numpy.abs(expected.astype(int) - array).mean(), 1)
        return near

    def check_all(self, paths, near):
        for path, value in zip(paths, near):
            self.assertGreater(value, WORST_CMYK if "CMYK" in path else WORST,
                               os.path.basename(path))

    def test_near_pillow(self):
        reduced = 0
        for margin in (2, 3):
            for fit in ("stretch", "cover", "pad"):
                for name in SMOOTH:
                    for size in ((64, 64), (31, 75)):
                        with self.subTest(margin=margin, fit=fit, filter=name, size=size):
                            near = self.check_near(self.scenes, size, name, fit, margin)
                            reduced += numpy.count_nonzero(near < 99)
        self.assertGreater(reduced, 300)  # else exact was compared with exact

    def test_orientations(self):
        for fit in ("stretch", "cover", "pad"):
            with self.subTest(fit=fit):
                near = self.check_near(self.turned, (50, 71), "bicubic", fit, 2, exif=True)
                self.assertTrue((near < 99).all(), near)

    def test_what_stays_exact(self):
        """PNG, pictures that are not large enough, and filters with hard edges."""
        paths = pictures.write_all(self.folder)
        small = [path for path in paths if path.endswith(".png") or max(Image.open(path).size) < 128]
        self.assertGreater(len(small), 200)
        for inputs, options in ((small, []), (small, ["--fit", "cover"]), (paths, ["--filter", "box"]),
                                (self.scenes, ["--filter", "box"]),
                                (self.scenes, ["--filter", "nearest"]),
                                (self.scenes, ["--size", "400x400"])):
            exact, _, _ = self.preprocess_list(inputs, *options)
            fast, _, _ = self.preprocess_list(inputs, *options, "--decode", "fast")
            self.assertTrue(numpy.array_equal(exact, fast), options)

    def test_damaged_files_have_the_same_status(self):
        random = numpy.random.default_rng(8)
        paths = []
        for source in self.scenes:
            with open(source, "rb") as stream:
                good = stream.read()
            for number in range(6):
                cut = good[:random.integers(3, len(good))]
                hurt = bytearray(good)
                for at in random.integers(2, len(good), 1 + number * number):
                    hurt[at] = random.integers(256)
                paths += [self.write(f"{len(paths)}", cut), self.write(f"{len(paths)}-", bytes(hurt))]
        statuses = set()
        for accept in ([], ["--truncated", "accept"]):
            lines = []
            for how in ("exact", "fast"):
                _, index, _ = self.preprocess_list(paths, "--decode", how, *accept,
                                                   status=program.SOME_FAILED)
                lines.append([(line["status"], line["width"], line["height"]) for line in index])
                statuses |= {line["status"] for line in index}
            self.assertEqual(*lines)
        self.assertLessEqual({"ok", "truncated", "partial"}, statuses)

    def test_partial_pictures_are_near(self):
        """What arrived stands where it does in the exact picture, the rest is as blank."""
        paths = []
        for source in self.scenes:
            with open(source, "rb") as stream:
                data = stream.read()
            paths.append(self.write(os.path.basename(source), data[:len(data) * 3 // 5]))
        both = [self.preprocess_list(paths, "--truncated", "accept", "--decode", how)
                for how in ("exact", "fast")]
        for _, index, _ in both:
            self.assertEqual({line["status"] for line in index}, {"partial"})
        near = decibels(both[0][0], both[1][0])
        self.check_all(paths, near)


if __name__ == "__main__":
    program.main()
