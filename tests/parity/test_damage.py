#!/usr/bin/python3
"""Damaged pictures: where the program and Pillow agree, and each place where it is stricter."""
import io
import os
import struct
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy
from PIL import Image, ImageFile

import oracle
import pictures


def pillow(path, truncated=False):
    """Pillow's pixels, or None where it does not load the file."""
    ImageFile.LOAD_TRUNCATED_IMAGES = truncated
    try:
        return oracle.opened(path)
    except Exception:
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def resized(image, size=(64, 64)):
    return oracle.sized(image, size, "bicubic")


@unittest.skipUnless(oracle.REFERENCE, "the table of differences is that of Pillow 9.4")
class Damage(program.ProgramTest):

    def setUp(self):
        super().setUp()
        self.random = numpy.random.default_rng(11)

    def one(self, data, *options, name="picture"):
        """A run over one file: (path, pixels, line of the index)."""
        path = self.write(f"one/{name}", data)
        out = self.at("one.npy")
        result = program.run("run", path, "-o", out, "--force", *options)
        line = program.read_index(program.index_beside(out))[0]
        good = line["status"] in ("ok", "partial")
        self.check(result, program.CLEAN if good else program.SOME_FAILED)
        pixels = numpy.load(out)[0]
        if not good:
            self.assertFalse(pixels.any(), "a failed row is zero")
            self.assertNotEqual(line["reason"], "")
        return path, pixels, line

    def assert_equal_to_pillow(self, data, *options, status="ok"):
        path, pixels, line = self.one(data, *options)
        self.assertEqual(line["status"], status, line)
        expected = pillow(path)
        self.assertIsNotNone(expected)
        self.assertEqual(oracle.difference(resized(expected), pixels), "")
        return line

    def assert_stricter(self, data, status):
        """Pillow loads it, the program does not, and says why."""
        path, _, line = self.one(data)
        self.assertIsNotNone(pillow(path), "Pillow was expected to load this")
        self.assertEqual(line["status"], status, line)

    def assert_both_refuse(self, data, status):
        path, _, line = self.one(data)
        self.assertIsNone(pillow(path), "Pillow was expected to refuse this")
        self.assertEqual(line["status"], status, line)

    def rgb_png(self, width=40, height=30, **options):
        return pictures.make_png(self.random, width, height, 8, pictures.RGB, **options)

    def rgb_jpeg(self, width=67, height=45, **options):
        return pictures.jpeg(pictures.texture(self.random, width, height, 3), **options)

    # Checksums

    def test_wrong_crc_of_pixels(self):
        data = self.rgb_png()
        at = data.index(b"IDAT") + 4 + struct.unpack(">I", data[data.index(b"IDAT") - 4:][:4])[0]
        self.assert_stricter(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], "corrupt")

    def test_wrong_crc_of_header_and_palette(self):
        header = self.rgb_png()
        self.assert_both_refuse(header[:29] + b"\0\0\0\0" + header[33:], "corrupt")
        palette = pictures.make_png(self.random, 20, 20, 4, pictures.PALETTE, 16)
        at = palette.index(b"PLTE") + 4 + 48
        self.assert_both_refuse(palette[:at] + b"\0\0\0\0" + palette[at + 4:], "corrupt")

    def test_wrong_adler(self):
        samples = pictures.texture(self.random, 40, 30, 3)
        stream = zlib.compress(pictures.filtered(samples, 8))
        data = (pictures.SIGNATURE + pictures.header(40, 30, 8, pictures.RGB) +
                pictures.chunk(b"IDAT", stream[:-1] + bytes([stream[-1] ^ 1])) + pictures.END)
        path, _, line = self.one(data)
        self.assertIsNone(pillow(path))
        self.assertEqual(line["status"], "corrupt")

    def test_code_that_means_nothing(self):
        """A stream with a code that deflate reserves, and the right checksums all the same: nothing
        that damage makes. libdeflate takes it for a length."""
        data = pictures.SIGNATURE + pictures.header(48, 48, 1, pictures.PALETTE) + b"".join(
            pictures.chunk(kind, bytes.fromhex(text)) for kind, text in (
                (b"PLTE", "cc99ff"), (b"IDAT", "18d363601807d4040001500001"))) + pictures.END
        path, _, line = self.one(data)
        self.assertIsNone(pillow(path))
        self.assertEqual(line["status"], "ok")

    # Streams that end early

    def short_stream(self, rows, interlaced=False):
        """A valid zlib stream that holds only `rows` rows of 30."""
        samples = pictures.texture(self.random, 40, 30, 3)
        raw = pictures.filtered(samples, 8, interlaced)[:rows * 121]
        return (pictures.SIGNATURE + pictures.header(40, 30, 8, pictures.RGB, interlaced) +
                pictures.chunk(b"IDAT", zlib.compress(raw)) + pictures.END)

    def test_stream_ends_early(self):
        """Pillow leaves black rows and says nothing."""
        for rows in (1, 17, 29):
            with self.subTest(rows=rows):
                self.assert_stricter(self.short_stream(rows), "truncated")

    def test_interlaced_stream_ends_early(self):
        for rows in (1, 17, 29):
            with self.subTest(rows=rows):
                self.assertEqual(self.one(self.short_stream(rows, True))[2]["status"],
                                 "truncated")

    def test_stream_ends_early_accepted(self):
        path, pixels, line = self.one(self.short_stream(17), "--truncated", "accept", "--size",
                                      "40x30")
        self.assertEqual(line["status"], "partial")
        expected = numpy.asarray(pillow(path))
        # libspng looks for the next row's filter before it hands a row out: the last may be black.
        self.assertEqual(oracle.difference(expected[:16], pixels[:16]), "")
        self.assertFalse(pixels[17:].any())

    def test_too_much_data(self):
        samples = pictures.texture(self.random, 40, 30, 3)
        stream = zlib.compress(pictures.filtered(samples, 8) + bytes(1000))
        self.assert_equal_to_pillow(
            pictures.SIGNATURE + pictures.header(40, 30, 8, pictures.RGB) +
            pictures.chunk(b"IDAT", stream) + pictures.END)

    # Files that end early

    def every_length(self, data, suffix):
        """All prefixes of a file in one run; gives (length, pixels, line) of each."""
        paths = [self.write(f"cut/{length:05d}{suffix}", data[:length])
                 for length in range(3, len(data) + 1)]
        array, index, _ = self.preprocess(self.at("cut"), status=program.SOME_FAILED)
        self.assertEqual(len(index), len(paths))
        for path, line in zip(paths, index):
            self.assertEqual(os.fsdecode(line["path"]), path)
            yield path, array[line["row"]], line

    def check_every_length(self, data, suffix):
        """ok only where Pillow loads it, then with its pixels; everything else is zero."""
        loaded = 0
        for path, pixels, line in self.every_length(data, suffix):
            expected = pillow(path)
            if line["status"] == "ok":
                self.assertIsNotNone(expected, path)
                self.assertEqual(oracle.difference(resized(expected), pixels), "", path)
                loaded += 1
            else:
                tiny = line["bytes"] < 8  # too little to be known as JPEG or PNG
                self.assertIn(line["status"], ("format", "unsupported", "truncated")
                              if tiny else ("truncated",), line)
                self.assertFalse(pixels.any(), path)
        self.assertGreater(loaded, 0)
        return loaded

    def test_jpeg_cut_at_every_length(self):
        loaded = self.check_every_length(self.rgb_jpeg(40, 30, quality=40), ".jpg")
        self.assertLessEqual(loaded, 60)

    def test_progressive_jpeg_cut_at_every_length(self):
        """All scans are read before the first row, so only the end mark may be short."""
        loaded = self.check_every_length(
            self.rgb_jpeg(40, 30, quality=40, progressive=True), ".jpg")
        self.assertLessEqual(loaded, 2)

    def test_png_cut_at_every_length(self):
        self.check_every_length(self.rgb_png(24, 9), ".png")

    def test_what_pillow_loads_of_a_cut_jpeg_is_loaded(self):
        refused = [(path, line["status"]) for path, _, line in
                   self.every_length(self.rgb_jpeg(40, 30, quality=40), ".jpg")
                   if line["status"] != "ok" and pillow(path) is not None]
        self.assertEqual(refused, [])

    def test_truncated_accept_equals_pillow_baseline_jpeg(self):
        for options in (dict(subsampling=0), dict(subsampling=2, quality=30), dict(subsampling=1)):
            data = self.rgb_jpeg(67, 95, **options)
            start = data.index(b"\xff\xda") + 14
            for length in range(start + 40, len(data) - 2, max(1, (len(data) - start) // 7)):
                with self.subTest(length=length, of=len(data), **options):
                    path, pixels, line = self.one(data[:length], "--truncated", "accept",
                                                  "--size", "67x95")
                    self.assertIn(line["status"], ("partial", "ok"))
                    expected = numpy.asarray(pillow(path, truncated=True))
                    self.assertEqual(oracle.difference(expected, pixels), "")

    def test_truncated_accept_equals_pillow_png_rows(self):
        """The rows that arrived are equal, the others black."""
        for kind in ((8, pictures.RGB), (8, pictures.RGB_ALPHA), (8, pictures.GRAY),
                     (16, pictures.RGB), (4, pictures.GRAY)):
            data = pictures.make_png(self.random, 60, 50, *kind)
            start = data.index(b"IDAT") + 4
            for part in (0.1, 0.5, 0.9):
                length = start + int(part * (len(data) - start))
                with self.subTest(kind=kind, part=part):
                    path, pixels, line = self.one(data[:length], "--truncated", "accept",
                                                  "--size", "60x50")
                    expected = numpy.asarray(pillow(path, truncated=True))
                    whole = numpy.asarray(pillow(self.write("whole.png", data)))
                    self.assertEqual(line["status"], "partial", line)
                    arrived = [y for y in range(50) if expected[y].any()]
                    self.assertTrue(arrived)
                    last = arrived[-1]  # the row that was being decoded may be half there
                    self.assertEqual(oracle.difference(whole[:last], pixels[:last]), "")
                    self.assertFalse(pixels[last + 1:].any())

    def test_rejecting_is_the_default(self):
        jpeg, png = self.rgb_jpeg(), self.rgb_png()
        self.assertEqual(self.one(jpeg[:len(jpeg) // 2])[2]["status"], "truncated")
        self.assertEqual(self.one(png[:len(png) // 2])[2]["status"], "truncated")

    def test_missing_end_marks_are_fine(self):
        """As long as the decoder need not look beyond the end for the last pixels."""
        self.assert_equal_to_pillow(self.rgb_jpeg()[:-2] + bytes(64))
        self.assert_equal_to_pillow(self.rgb_png()[:-12])

    def test_png_cut_within_the_checksums(self):
        """All rows are there, but whether they are right cannot be checked."""
        data = self.rgb_png()
        for cut in (17, 18, 20):  # IEND is 12 bytes, the CRC 4, then Adler's 4
            self.assert_stricter(data[:-cut], "truncated")

    # Odd but whole

    def test_bytes_after_the_end(self):
        self.assert_equal_to_pillow(self.rgb_jpeg() + b"more" * 300)
        self.assert_equal_to_pillow(self.rgb_png() + b"more" * 300)
        self.assert_equal_to_pillow(self.rgb_jpeg() + self.rgb_jpeg())

    def test_bytes_before_the_beginning(self):
        for data in (self.rgb_jpeg(), self.rgb_png()):
            path, _, line = self.one(b"\n" + data)
            self.assertIsNone(pillow(path))
            self.assertEqual(line["status"], "format")

    def test_corrupt_middle_of_a_baseline_jpeg(self):
        """Both go on with libjpeg's repair; the program says so in the reason."""
        data = bytearray(self.rgb_jpeg(120, 90, quality=90))
        middle = len(data) * 2 // 3
        data[middle:middle + 40] = b"\x00" * 20 + b"\xff\x00" * 10
        line = self.assert_equal_to_pillow(bytes(data))
        self.assertNotEqual(line["reason"], "")

    def test_palette_index_beyond_the_palette_is_black(self):
        """Pillow up to 10.0 makes a gray ramp of these, later versions and libspng black."""
        samples = numpy.arange(256).reshape(16, 16, 1)
        palette = pictures.random_palette(self.random, 100)
        data = pictures.png(samples, 8, pictures.PALETTE, palette=palette)
        path, pixels, line = self.one(data, "--size", "16x16")
        self.assertEqual(line["status"], "ok")
        expected = numpy.zeros((256, 3), numpy.uint8)
        expected[:100] = palette
        self.assertEqual(oracle.difference(expected.reshape(16, 16, 3), pixels), "")
        self.assertNotEqual(oracle.difference(numpy.asarray(pillow(path)), pixels), "")

    def test_gray16_clamp_is_pillows(self):
        samples = pictures.texture(self.random, 40, 30, 1, 600)
        data = pictures.png(samples, 16, pictures.GRAY)
        self.assert_equal_to_pillow(data)
        self.assert_equal_to_pillow(data, "--gray16", "clamp")
        _, pixels, _ = self.one(data, "--gray16", "high-byte", "--size", "40x30")
        self.assertEqual(oracle.difference((samples >> 8).repeat(3, axis=2), pixels), "")

    def test_color_keys_of_every_depth(self):
        """--alpha with tRNS keys. Pillow compares 8-bit values with the key as it stands in the
        file, which is right for a depth of 8 only; expected is the specification's meaning."""
        ground = (10, 200, 30)
        for depth in (1, 2, 4, 8, 16):
            for color, channels in ((pictures.GRAY, 1), (pictures.RGB, 3)):
                if color == pictures.RGB and depth < 8:
                    continue
                samples = pictures.texture(self.random, 30, 20, channels, 2 ** depth - 1)
                samples[3:9, 2:20] = samples[10, 10]
                key = samples[10, 10]
                data = pictures.png(samples, depth, color,
                                    transparent=b"".join(struct.pack(">H", int(v)) for v in key))
                with self.subTest(depth=depth, channels=channels):
                    _, pixels, line = self.one(data, "--alpha", "10,200,30", "--size", "30x20")
                    self.assertEqual(line["status"], "ok")
                    if depth == 16:
                        shown = numpy.minimum(samples, 255) if channels == 1 else samples >> 8
                    else:
                        shown = samples * (255 // (2 ** depth - 1))
                    shown = shown.repeat(3 // channels, axis=2)
                    shown[(samples == key).all(axis=2)] = ground
                    self.assertEqual(oracle.difference(shown, pixels), "")

    def test_pad_to_nothing_is_one_pixel(self):
        """A side that rounds to 0 raises in Pillow 9.4."""
        data = pictures.make_png(self.random, 900, 2, 8, pictures.RGB)
        with self.assertRaises(ValueError):
            from PIL import ImageOps
            ImageOps.pad(Image.open(io.BytesIO(data)), (64, 64))
        path, pixels, line = self.one(data, "--fit", "pad")
        self.assertEqual(line["status"], "ok")
        inner = resized(oracle.opened(path), (64, 1))[0]
        self.assertEqual(oracle.difference(inner, pixels[32]), "")
        pixels[32] = 0
        self.assertFalse(pixels.any())


if __name__ == "__main__":
    program.main()
