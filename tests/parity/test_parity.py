#!/usr/bin/python3
"""Every option of `run` that makes pixels gives exactly Pillow's bytes, on pictures of all modes."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy
from PIL import Image

import oracle
import pictures

BATCH = 281  # pictures that one run should see; less means that the generator broke


@unittest.skipUnless(oracle.REFERENCE, "the promise is against Pillow 9.4")
class Parity(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = os.path.join(cls.shared, "pictures")
        os.mkdir(cls.pictures)
        cls.paths = pictures.write_all(cls.pictures)
        cls.turned = os.path.join(cls.shared, "turned")
        os.mkdir(cls.turned)
        for name, data in pictures.oriented():
            with open(os.path.join(cls.turned, name), "wb") as stream:
                stream.write(data)
        cls.decoded = {}

    def image(self, path, mode="RGB"):
        """Decoded once for all tests."""
        if (path, mode) not in self.decoded:
            self.decoded[path, mode] = oracle.opened(path, mode)
        return self.decoded[path, mode]

    def compare(self, inputs, options, expected, env=None):
        """One run over `inputs`; `expected` gives a path's pixels, None where there is no oracle."""
        array, index, _ = self.preprocess(inputs, *options, env=env)
        wrong, seen = [], 0
        for line in index:
            path = os.fsdecode(line["path"])
            want = expected(path)
            if want is None:
                continue
            seen += 1
            apart = oracle.difference(want, array[line["row"]])
            if apart:
                wrong.append(f"{os.path.basename(path)}: {apart}")
        self.assertGreater(seen, 0)
        if wrong:
            self.fail(f"run {' '.join(options)}: {len(wrong)} of {seen} pictures differ:\n  " +
                      "\n  ".join(wrong[:30]))
        return array, index

    def test_generator(self):
        self.assertEqual(len(self.paths), BATCH)

    def test_filters_and_sizes(self):
        for size in ((64, 64), (224, 224), (1, 1), (7, 93), (299, 299), (64, 7), (65, 333)):
            for name in oracle.FILTERS:
                with self.subTest(size=size, filter=name):
                    self.compare(self.pictures,
                                 ["--size", f"{size[0]}x{size[1]}", "--filter", name],
                                 lambda path: oracle.sized(self.image(path), size, name))

    def test_defaults_are_bicubic_64_stretched(self):
        array, _ = self.compare(self.pictures, [],
                                lambda path: oracle.sized(self.image(path), (64, 64), "bicubic"))
        self.assertEqual(array.shape, (BATCH, 64, 64, 3))
        self.assertEqual(array.dtype, numpy.uint8)

    def test_same_size_is_a_plain_decode(self):
        """Nothing is resampled when a picture has the size already."""
        for size in ((64, 64), (500, 333), (1025, 7), (17, 31)):
            exact = [path for path in self.paths if self.image(path).size == size]
            self.assertGreater(len(exact), 10)
            with self.subTest(size=size):
                self.compare(exact, ["--size", f"{size[0]}x{size[1]}"],
                             lambda path: numpy.asarray(self.image(path)))

    def test_cover(self):
        for size in ((64, 64), (20, 93), (224, 7)):
            for name in oracle.FILTERS:
                with self.subTest(size=size, filter=name):
                    self.compare(self.pictures, ["--fit", "cover", "--filter", name, "--size",
                                                 f"{size[0]}x{size[1]}"],
                                 lambda path: oracle.sized(self.image(path), size, name, "cover"))

    def test_pad(self):
        for size in ((64, 64), (21, 94), (224, 7)):
            for name in oracle.FILTERS:
                with self.subTest(size=size, filter=name):
                    self.compare(self.pictures, ["--fit", "pad", "--filter", name, "--size",
                                                 f"{size[0]}x{size[1]}"],
                                 lambda path: oracle.sized(self.image(path), size, name, "pad"))

    def test_pad_color(self):
        self.compare(self.pictures, ["--fit", "pad", "--pad-color", "200,10,77", "--size", "50x30"],
                     lambda path: oracle.sized(self.image(path), (50, 30), "bicubic", "pad",
                                               "#c80a4d"))

    def test_luma(self):
        for fit in ("stretch", "cover", "pad"):
            for name in ("bicubic", "nearest", "box"):
                with self.subTest(fit=fit, filter=name):
                    array, _ = self.compare(
                        self.pictures, ["--mode", "l", "--fit", fit, "--filter", name],
                        lambda path: oracle.sized(self.image(path, "L"), (64, 64), name, fit)
                        [:, :, None])
                    self.assertEqual(array.shape, (BATCH, 64, 64, 1))

    def test_alpha_over_a_color(self):
        """Pillow compares colour keys of other depths than 8 bit wrongly: see test_damage.py."""
        skipped = ("gray1-key", "gray2-key", "gray4-key", "gray16-key", "rgb16-key")
        for option, color in (("255,255,255", "#ffffff"), ("10,200,30", "#0ac81e")):
            for name in ("bicubic", "nearest"):
                with self.subTest(color=color, filter=name):
                    self.compare(
                        self.pictures, ["--alpha", option, "--filter", name],
                        lambda path: None if os.path.basename(path).startswith(skipped)
                        else oracle.sized(oracle.over(path, color), (64, 64), name))

    def test_alpha_drop_keeps_the_hidden_color(self):
        alpha = [path for path in self.paths if "rgba" in path or "-la" in path or "alpha" in path]
        self.assertGreater(len(alpha), 20)
        self.compare(alpha, ["--alpha", "drop"],
                     lambda path: oracle.sized(self.image(path), (64, 64), "bicubic"))

    def test_orientations(self):
        for fit in ("stretch", "cover", "pad"):
            for name in oracle.FILTERS:
                for size in ((64, 64), (40, 90)):
                    with self.subTest(fit=fit, filter=name, size=size):
                        self.compare(
                            self.turned, ["--exif", "apply", "--fit", fit, "--filter", name,
                                          "--size", f"{size[0]}x{size[1]}"],
                            lambda path: oracle.sized(oracle.opened(path, exif=True), size, name,
                                                      fit))

    def test_orientation_is_ignored_unless_asked_for(self):
        self.compare(self.turned, [],
                     lambda path: oracle.sized(oracle.opened(path), (64, 64), "bicubic"))

    def test_orientation_with_luma(self):
        self.compare(self.turned, ["--exif", "apply", "--mode", "l"],
                     lambda path: oracle.sized(oracle.opened(path, "L", exif=True), (64, 64),
                                               "bicubic")[:, :, None])

    def test_gray16_high_byte(self):
        """The high byte of each sample, against NumPy's shift of the samples that were written."""
        random = numpy.random.default_rng(5)
        samples = {}
        for number, (width, height) in enumerate(pictures.SIZES):
            values = pictures.texture(random, width, height, 1, 65535)
            path = self.write(f"gray16/{number}.png",
                              pictures.png(values, 16, pictures.GRAY, interlaced=number % 2 == 1))
            samples[path] = Image.fromarray((values[:, :, 0] >> 8).astype(numpy.uint8))
        for mode in ("RGB", "L"):
            self.compare(self.at("gray16"), ["--gray16", "high-byte", "--mode", mode.lower()],
                         lambda path: oracle.sized(samples[path].convert(mode), (64, 64),
                                                   "bicubic").reshape(64, 64, -1))

    def test_channels_first(self):
        for options, mode in ((["--layout", "chw"], "RGB"),
                              (["--layout", "chw", "--mode", "l"], "L")):
            self.compare(self.pictures, options + ["--size", "30x20"],
                         lambda path: oracle.sized(self.image(path, mode), (30, 20), "bicubic")
                         .reshape(20, 30, -1).transpose(2, 0, 1))

    def test_float(self):
        """float32 arithmetic in NumPy's order: x/255, minus mean, over std."""
        mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

        def expected(path, normalize):
            value = oracle.sized(self.image(path), (64, 64), "bicubic").astype(numpy.float32)
            value /= numpy.float32(255)
            if normalize:
                value = (value - numpy.float32(mean)) / numpy.float32(std)
            return value

        array, _ = self.compare(self.pictures, ["--dtype", "f32"], lambda p: expected(p, False))
        self.assertEqual(array.dtype, numpy.dtype("<f4"))
        numbers = ["--dtype", "f32", "--mean", ",".join(map(str, mean)),
                   "--std", ",".join(map(str, std))]
        self.compare(self.pictures, numbers, lambda p: expected(p, True))
        self.compare(self.pictures, numbers + ["--layout", "chw"],
                     lambda p: expected(p, True).transpose(2, 0, 1))

    def test_variants_equal_the_default(self):
        """All SIMD variants that this CPU has, with the decoders that go with them."""
        variants = program.simd_variants()
        self.assertIn("scalar", variants)
        for name in oracle.FILTERS:
            for more in (["--fit", "stretch"], ["--fit", "cover"], ["--decode", "fast"]):
                options = ["--filter", name, "--size", "47x61", *more]
                default, _, _ = self.preprocess(self.pictures, *options)
                for variant in variants:
                    other, _, _ = self.preprocess(self.pictures, *options,
                                                  env={"PIXSCALE_SIMD": variant})
                    self.assertEqual(oracle.difference(other, default), "", (variant, options))

    def test_index_knows_the_pictures(self):
        """Size, format, mode and bytes of every line are Pillow's."""
        _, index, _ = self.preprocess(self.pictures)
        self.assertEqual([os.fsdecode(line["path"]) for line in index], self.paths)
        for row, line in enumerate(index):
            path = os.fsdecode(line["path"])
            with Image.open(path) as image:
                want = (row, "ok", image.size, image.format.lower(), os.path.getsize(path))
            got = (line["row"], line["status"], (line["width"], line["height"]),
                   line["format"].lower(), line["bytes"])
            self.assertEqual(got, want, path)
            mode = image.mode
            if "16-" in os.path.basename(path):  # Pillow widens these: I is 32-bit, LA gets a colour
                mode = {"I": "I;16", "RGBA": "LA" if "la16" in path else "RGBA"}.get(mode, mode)
            self.assertEqual(line["mode"], mode, path)


if __name__ == "__main__":
    program.main()
