#!/usr/bin/python3
"""Bad inputs: what becomes of each, with nothing else lost, in bounded time and memory.

Every test puts its bad input between two good pictures and expects these to be right.
"""
import os
import resource
import socket
import struct
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import oracle
import pictures

MB = 1 << 20
QUICK = 10  # seconds that no small input may need, even beside other work on a slow machine


class Inputs(program.ProgramTest):

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(3)
        self.random = random
        self.jpeg = pictures.jpeg(pictures.texture(random, 90, 70, 3))
        self.png = pictures.make_png(random, 70, 50, 8, pictures.RGB_ALPHA)
        self.first = self.write("in/aaa.jpg", self.jpeg)
        self.last = self.write("in/zzz.png", self.png)

    def among(self, *options, status=program.SOME_FAILED, good=(), **how):
        """A run over the folder: {name: (pixels, line)}, the good pictures checked."""
        array, index, self.result = self.preprocess(self.at("in"), *options, status=status, **how)
        found = {}
        for line in index:
            name = os.path.relpath(line["path"], os.fsencode(self.at("in")))
            found[os.fsdecode(name)] = array[line["row"]], line
        for name in ("aaa.jpg", "zzz.png", *good):
            pixels, line = found[name]
            self.assertEqual(line["status"], "ok", line)
            expected = oracle.sized(oracle.opened(self.at("in", name)), (64, 64), "bicubic")
            self.assertEqual(oracle.difference(expected, pixels), "", name)
        for name, (pixels, line) in found.items():
            if line["status"] not in ("ok", "partial"):
                self.assertFalse(pixels.any(), name)
                self.assertNotEqual(line["reason"], "", name)
        self.assertLess(len(self.result.stderr.splitlines()), 12 + len(index), self.result.stderr)
        return found

    def expect(self, data, status, *options, name="m.bin", **how):
        """One bad file among good ones gets this status."""
        self.write(f"in/{name}", data)
        found = self.among(*options, **how)
        self.assertEqual(len(found), 3)
        pixels, line = found[name]
        self.assertEqual(line["status"], status, line)
        self.assertLess(self.result.seconds, QUICK)
        return line

    # Rows 1 to 8: what a file is

    def test_01_empty(self):
        line = self.expect(b"", "empty")
        self.assertEqual(line["bytes"], 0)

    def test_02_magic_only(self):
        for data in (b"\xff\xd8\xff", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xd9",
                     pictures.SIGNATURE):
            with self.subTest(data=data):
                self.expect(data, "truncated")

    def test_04_cut_png(self):
        self.expect(self.png[:-20], "truncated")

    def test_05_bad_crc(self):
        at = self.png.index(b"IDAT") + 60
        self.expect(self.png[:at] + bytes([self.png[at] ^ 0x10]) + self.png[at + 1:], "corrupt")

    def test_06_random_bytes(self):
        self.expect(b"\x01\x02" + self.random.bytes(50000), "format")

    def test_07_names_do_not_matter(self):
        self.write("in/jpeg.png", self.jpeg)
        self.write("in/png.jpg", self.png)
        self.write("in/none", self.jpeg)
        self.among(status=program.CLEAN, good=("jpeg.png", "png.jpg", "none"))

    def test_08_other_formats_are_named(self):
        for data, name in ((b"GIF89a" + bytes(50), "GIF"), (b"GIF87a" + bytes(50), "GIF"),
                           (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(50), "WebP"),
                           (b"\0\0\0\x18ftypheic" + bytes(50), "HEIC"),
                           (b"\0\0\0\x18ftypavif" + bytes(50), "AVIF"),
                           (b"BM" + bytes(50), "BMP"), (b"II*\0" + bytes(50), "TIFF"),
                           (b"%PDF-1.7\n" + bytes(50), "PDF"),
                           (b"name,label\na.jpg,cat\n", "text")):
            with self.subTest(name=name):
                self.assertIn(name, self.expect(data, "unsupported")["reason"])

    # Rows 9 to 16: made to burn memory or time

    def peak(self, inputs, *options):
        status, peak = program.peak_memory("run", *inputs, "-o", self.at("p.npy"), "--force", "-q",
                                           *options)
        self.assertIn(status, (program.CLEAN, program.SOME_FAILED))
        return peak

    def assert_peak(self, above, *options):
        """The folder takes at most `above` bytes more than its good pictures alone."""
        if not program.sanitized():
            options = options or ("--threads", "1")
            self.assertLess(self.peak([self.at("in")], *options),
                            self.peak([self.first, self.last], *options) + above)

    def test_09_giant_jpeg(self):
        for width, height in ((64250, 64250), (65535, 65535), (65500, 65500), (65500, 2733)):
            with self.subTest(width=width, height=height):
                data = pictures.jpeg_with_size(width, height, self.jpeg)
                line = self.expect(data, "too-large", "--threads", "1")
                self.assertIn("65500" if width > 65500 else str(height), line["reason"])
                self.assert_peak(2 * MB)

    def test_09_giant_jpeg_header_only(self):
        frame = struct.pack(">HHBHHB", 0xffc0, 11, 8, 65500, 65500, 1) + b"\1\x11\0"
        self.expect(b"\xff\xd8" + frame + b"\xff\xda\0\x08\1\1\0\0\x3f\0", "too-large")

    def flat_png(self, width, height, depth, interlaced=False):
        """A gray PNG of one colour, its rows streamed into the compressor."""
        compress = zlib.compressobj(9)
        parts = []
        passes = pictures.ADAM7 if interlaced else [(0, 0, 1, 1)]
        for x, y, dx, dy in passes:
            columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
            row = b"\0" + b"\xff" * ((columns * depth + 7) // 8)
            parts += [compress.compress(row) for _ in range(rows)]
        return (pictures.SIGNATURE +
                pictures.header(width, height, depth, pictures.GRAY, interlaced) +
                pictures.chunk(b"IDAT", b"".join(parts) + compress.flush()) + pictures.END)

    def test_10_giant_flat_png(self):
        data = self.flat_png(20000, 20000, 1)
        self.assertLess(len(data), 100000)
        self.expect(data, "too-large", "--threads", "1")
        self.assert_peak(2 * MB)

    def test_10_giant_flat_png_streamed(self):
        self.write("in/m.png", self.flat_png(20000, 20000, 1))
        found = self.among("--max-pixels", "500000000", "--threads", "1", status=program.CLEAN)
        self.assertTrue((found["m.png"][0] == 255).all())
        self.assert_peak(60 * MB, "--threads", "1", "--max-pixels", "500000000")

    def test_12_a_side_without_end(self):
        """A few KB of PNG hold a line of a hundred million pixels: the weights would take gigabytes."""
        for width, height in ((100_000_000, 1), (1, 20_000_000)):
            line = self.expect(self.flat_png(width, height, 1), "too-large", "--threads", "1")
            self.assertEqual((line["width"], line["height"]), (width, height))
        self.assert_peak(50 * MB, "--threads", "1")

    def test_12_the_longest_side(self):
        for width, height in ((1 << 20, 3), (3, 1 << 20)):
            self.write("in/m.png", self.flat_png(width, height, 8))
            self.assertTrue((self.among(status=program.CLEAN)["m.png"][0] == 255).all())
        self.assert_peak(80 * MB, "--threads", "2")

    def test_11_interlaced_pictures_do_not_add_up(self):
        """Each of these is held whole, 64 MB; four threads must not hold eight of them."""
        data = self.flat_png(8000, 8000, 8, interlaced=True)
        for number in range(8):
            self.write(f"in/m{number}.png", data)
        found = self.among("--threads", "4", status=program.CLEAN)
        for number in range(8):
            self.assertTrue((found[f"m{number}.png"][0] == 255).all())
        self.assert_peak(3 * 64 * MB, "--threads", "4")

    def test_12_extreme_shapes(self):
        names = []
        for width, height in ((65500, 1), (1, 65500), (1, 1), (65500, 3), (2, 65000)):
            samples = pictures.texture(self.random, width, height, 3)
            for suffix, data in ((".jpg", pictures.jpeg(samples)),
                                 (".png", pictures.png(samples, 8, pictures.RGB))):
                names.append(f"m{width}x{height}{suffix}")
                self.write(f"in/{names[-1]}", data)
        self.among(status=program.CLEAN, good=names)

    def test_13_scan_bomb(self):
        samples = pictures.texture(self.random, 64, 64, 1)
        data = pictures.jpeg_with_size(4096, 4096, pictures.scan_bomb(2000))
        self.expect(data, "too-complex")
        for progressive in (pictures.jpeg(samples, "L", progressive=True),):
            self.write("in/m.bin", progressive)
            self.among(status=program.CLEAN, good=("m.bin",))

    def test_13_scans_of_nothing(self):
        """Fewer scans than are forbidden, over a hundred megapixels that have no data."""
        for how in ("exact", "fast"):
            for truncated in ("reject", "accept"):
                line = self.expect(pictures.jpeg_with_size(10000, 10000, pictures.scan_bomb(60)),
                                   "too-complex", "--decode", how, "--truncated", truncated)
                self.assertIn("blocks", line["reason"])

    def test_14_flood_of_segments(self):
        """Tables set again and again, comments, and bytes that fill up: read once each."""
        table = self.jpeg[self.jpeg.index(b"\xff\xdb"):]
        table = table[:2 + int.from_bytes(table[2:4], "big")]
        for flood in (table * 20000, b"\xff\xfe\0\2" * 200000, b"\xff" * 2_000_000,
                      b"\xff\xdd\0\4\0\0" * 200000):
            self.write("in/m.jpg", self.jpeg[:2] + flood + self.jpeg[2:])
            self.among("--exif", "apply", status=program.CLEAN, good=("m.jpg",))
            self.assertLess(self.result.seconds, QUICK)

    def test_14_flood_of_chunks(self):
        """A PNG's text in a hundred thousand chunks, and its pixels a byte a chunk."""
        text = pictures.chunk(b"tEXt", b"k\0v") * 100000
        samples = self.random.integers(0, 256, (200, 200, 3))
        self.write("in/m.png", pictures.png(samples, 8, pictures.RGB, before=text))
        self.write("in/n.png", pictures.png(samples, 8, pictures.RGB, split=1))
        found = self.among(status=program.CLEAN, good=("n.png",))
        self.assertTrue(numpy.array_equal(found["m.png"][0], found["n.png"][0]))
        self.assertLess(self.result.seconds, QUICK)

    def test_14_marker_bomb(self):
        empty = b"\xff\xe1\x00\x02" * 40000
        self.write("in/m.jpg", self.jpeg[:2] + empty + self.jpeg[2:])
        self.among("--exif", "apply", status=program.CLEAN, good=("m.jpg",))
        self.assertLess(self.result.seconds, QUICK)

    def test_15_warning_flood(self):
        """Thousands of codec warnings are one reason in the index and no output."""
        data = bytearray(pictures.jpeg(pictures.texture(self.random, 800, 600, 3), quality=95))
        for at in range(2000, len(data) - 100, 97):
            data[at:at + 2] = b"\xff\xd3"
        self.write("in/m.jpg", bytes(data))
        found = self.among(status=program.CLEAN, good=("m.jpg",))
        self.assertNotEqual(found["m.jpg"][1]["reason"], "")
        self.assertNotIn("\n", found["m.jpg"][1]["reason"])
        self.assertLess(len(self.result.stderr.splitlines()), 8, self.result.stderr)

    def test_16_compressed_text_bombs(self):
        bomb = zlib.compress(bytes(100 * MB), 9)
        plain = pictures.make_png(self.random, 40, 30, 8, pictures.RGB)
        for kind, data in ((b"zTXt", b"k\0\0" + bomb), (b"iCCP", b"k\0\0" + bomb),
                           (b"iTXt", b"k\0\1\0\0\0" + bomb)):
            with self.subTest(kind=kind):
                self.write("in/m.png", plain[:33] + pictures.chunk(kind, data) + plain[33:])
                found = self.among("--threads", "1", status=program.CLEAN)
                self.write("plain.png", plain)
                expected = oracle.sized(oracle.opened(self.at("plain.png")), (64, 64), "bicubic")
                self.assertEqual(oracle.difference(expected, found["m.png"][0]), "")
                self.assert_peak(4 * MB)

    # Rows 17 to 20

    def test_17_environment_does_not_matter(self):
        self.write("in/m.jpg", pictures.jpeg(pictures.texture(self.random, 1500, 1200, 3),
                                             progressive=True))
        base, _, _ = self.preprocess(self.at("in"))
        for env in ({"JPEGMEM": "1m"}, {"JPEGMEM": "0"}, {"LC_ALL": "de_DE.UTF-8"},
                    {"LC_ALL": "C", "TZ": "Pacific/Apia"}, {"LC_ALL": "nonsense", "TZ": ":/x"},
                    {"HOME": None, "PATH": None, "TERM": None, "TMPDIR": "/nowhere"}):
            with self.subTest(env=env):
                array, _, _ = self.preprocess(self.at("in"), env=env)
                self.assertTrue(numpy.array_equal(array, base))

    def test_18_jpeg_variants_that_are_not_decoded(self):
        frame = self.jpeg.index(b"\xff\xc0")
        lossless = self.jpeg[:frame] + b"\xff\xc3" + self.jpeg[frame + 2:]
        deep = self.jpeg[:frame + 4] + b"\x0c" + self.jpeg[frame + 5:]
        hierarchical = self.jpeg[:frame] + b"\xff\xc5" + self.jpeg[frame + 2:]
        for name, data in (("lossless", lossless), ("12-bit", deep),
                           ("hierarchical", hierarchical)):
            with self.subTest(name=name):
                self.expect(data, "unsupported")

    def test_18_ycck(self):
        """A CMYK file whose Adobe marker says YCCK."""
        data = pictures.jpeg(pictures.texture(self.random, 60, 50, 4), "CMYK")
        adobe = data.index(b"Adobe")
        data = data[:adobe + 11] + b"\x02" + data[adobe + 12:]
        self.write("in/m.jpg", data)
        self.among(status=program.CLEAN, good=("m.jpg",))

    def test_20_nothing_leaks_into_failed_rows(self):
        """Corrupt pictures in turn with pictures that are all 0xAB: failed rows are zero. Some fail
        after rows were decoded, in the same thread and buffers."""
        good = pictures.png(numpy.full((300, 300, 3), 0xAB), 8, pictures.RGB)
        random = pictures.make_png(self.random, 300, 300, 8, pictures.RGB)
        adler = bytearray(random)
        end = random.index(b"IEND") - 4
        adler[end - 5] ^= 1
        body = bytes(adler[random.index(b"IDAT"):end - 4])
        adler[end - 4:end] = struct.pack(">I", zlib.crc32(body))
        photo = pictures.jpeg(pictures.texture(self.random, 300, 300, 3))
        progressive = pictures.jpeg(pictures.texture(self.random, 300, 300, 3), progressive=True)
        bad = [bytes(adler), random[:-400], photo[:-400], progressive[:-400], b"GIF89a"]
        for number in range(60):
            self.write(f"in/m{number:02}", good if number % 2 == 0 else bad[number // 2 % 5])
        for threads in ("1", "3"):
            found = self.among("--threads", threads)
            for number in range(60):
                pixels, line = found[f"m{number:02}"]
                if number % 2 == 0:
                    self.assertEqual(line["status"], "ok")
                    self.assertTrue((pixels == 0xAB).all())
                else:
                    self.assertNotEqual(line["status"], "ok", line)
                    self.assertFalse(pixels.any(), line)

    # Rows 21, 26 to 29: what stands in a folder

    def test_21_not_readable(self):
        """Root may read everything, so root runs the program as nobody."""
        become = (lambda: os.setuid(65534)) if os.geteuid() == 0 else None
        os.chmod(self.folder, 0o777)
        try:
            self.check(program.run("--version", preexec=become), program.CLEAN)
        except (PermissionError, subprocess.SubprocessError):
            self.skipTest("nobody may not run the program from where it lies")
        os.chmod(self.write("in/m.jpg", self.jpeg), 0)
        self.write("in/shut/m.jpg", self.jpeg)
        os.chmod(self.at("in", "shut"), 0)
        self.addCleanup(os.chmod, self.at("in", "shut"), 0o700)
        found = self.among(preexec=become)
        self.assertEqual({name: line["status"] for name, (_, line) in found.items()},
                         {"aaa.jpg": "ok", "m.jpg": "permission", "shut": "permission",
                          "zzz.png": "ok"})

    def test_26_special_files(self):
        os.mkfifo(self.at("in", "fifo.jpg"))
        holder = socket.socket(socket.AF_UNIX)
        self.addCleanup(holder.close)
        holder.bind(self.at("in", "socket.jpg"))
        os.symlink("/dev/zero", self.at("in", "zero.jpg"))
        os.symlink("/dev/null", self.at("in", "null.jpg"))
        found = self.among(timeout=QUICK)
        for name in ("fifo.jpg", "socket.jpg", "zero.jpg", "null.jpg"):
            self.assertEqual(found[name][1]["status"], "not-a-file", name)

    def test_26_special_files_in_a_list(self):
        os.mkfifo(self.at("fifo.jpg"))
        array, index, _ = self.preprocess_list(
            [self.first, self.at("fifo.jpg"), "/dev/zero", self.at("in"), self.last],
            status=program.SOME_FAILED, timeout=QUICK)
        self.assertEqual([line["status"] for line in index],
                         ["ok", "not-a-file", "not-a-file", "not-a-file", "ok"])
        self.assertFalse(array[1:4].any())

    def test_27_link_loops_and_dangling_links(self):
        os.symlink("..", self.at("in", "loop"))
        os.symlink(".", self.at("in", "self"))
        os.mkdir(self.at("in", "deep"))
        os.symlink("../../in", self.at("in", "deep", "up"))
        os.symlink("nowhere", self.at("in", "dangling.jpg"))
        os.symlink("ring", self.at("in", "ring"))
        os.symlink("aaa.jpg", self.at("in", "linked.jpg"))
        found = self.among(timeout=QUICK, good=("linked.jpg",))
        for name in ("dangling.jpg", "ring"):
            self.assertIn(found[name][1]["status"], ("io", "not-a-file"), found[name][1])
        self.assertLess(len(found), 12)

    def test_28_files_that_change_during_the_run(self):
        """They are last in the list, behind work for two seconds or so, and change as soon as the
        partial file shows that the scan is over."""
        large = self.write("changing/large.jpg", pictures.jpeg(pictures.texture(
            self.random, 2000, 1500, 3), quality=92))
        names = ["stays", "vanishes", "grows", "shrinks", "replaced", "emptied"]
        paths = [self.write(f"changing/{name}.jpg", self.jpeg) for name in names]
        listed = self.write("list", b"".join(os.fsencode(path) + b"\n"
                                             for path in [large] * 30 + paths))
        out = self.at("out.npy")
        process = self.slowly("run", "--files-from", listed, "-o", out, "--threads", "1",
                              "--order", "input", "--readahead", "0", pause_ms=50, stdout=-1,
                              stderr=-1)
        self.wait_for_file(process, out + ".partial")
        os.unlink(paths[1])
        with open(paths[2], "ab") as stream:
            stream.write(bytes(5000))
        os.truncate(paths[3], 100)
        os.unlink(paths[4])
        self.write("changing/replaced.jpg", self.png)
        os.truncate(paths[5], 0)
        _, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, program.SOME_FAILED, err)
        array, index = numpy.load(out)[30:], program.read_index(program.index_beside(out))
        self.assertEqual(len(index), 30 + len(names))
        expected = oracle.sized(oracle.opened(self.first), (64, 64), "bicubic")
        self.assertTrue(numpy.array_equal(array[0], expected))
        for line in index[31:]:
            self.assertIn(line["status"], ("changed", "io", "empty"), line)
            self.assertFalse(array[line["row"] - 30].any(), line)

    def test_28_forged_time(self):
        """A year that nanoseconds since 1970 cannot count is no reason to fail."""
        for name, year in (("far", 430), ("past", -400)):
            seconds = int(year * 365.25 * 86400)
            os.utime(self.write(f"in/{name}.jpg", self.jpeg), (seconds, seconds))
        self.among(status=program.CLEAN, good=("far.jpg", "past.jpg"))

    def test_28b_giant_sparse_file(self):
        path = self.write("in/m.jpg", b"")
        os.truncate(path, 100 << 30)
        found = self.among("--threads", "1", timeout=QUICK)
        self.assertEqual(found["m.jpg"][1]["status"], "too-large")
        self.assert_peak(2 * MB)

    def test_28b_large_file_of_no_picture_is_not_read(self):
        path = self.write("in/m.jpg", b"\x01\x02\x03")
        os.truncate(path, 200 * MB)
        found = self.among("--threads", "1", timeout=QUICK)
        self.assertEqual(found["m.jpg"][1]["status"], "format")
        self.assert_peak(2 * MB)

    def test_max_bytes(self):
        """A file of just as many bytes is read, one of a byte more is not."""
        for extra, status in ((0, "ok"), (1, "too-large")):
            self.write("in/m.jpg", self.jpeg + bytes(100 * 1024 - len(self.jpeg) + extra))
            found = self.among("--max-bytes", "100K", status=program.SOME_FAILED if extra
                               else program.CLEAN)
            self.assertEqual(found["m.jpg"][1]["status"], status)

    def test_29_odd_names(self):
        names = [b"new\nline.jpg", b'quo"te.jpg', b"com,ma.jpg", b"\x1b[31mred.jpg", b"`id`.jpg",
                 b"-o.jpg", b"--help", b"\xff\xfe.jpg", b"back\\slash.jpg", b"\\n.jpg",
                 "größe 😀.jpg".encode(), b" ", b"tab\t.jpg", b"\r.jpg", b"%s%n.jpg", b"\x7f.jpg",
                 b"\xc2\x85.jpg", b"\xed\xa0\x80.jpg", b"'", b"$(id).jpg", b"<script>.jpg"]
        folder = os.fsencode(self.at("in"))
        for name in names:
            with open(os.path.join(folder, name), "wb") as stream:
                stream.write(self.jpeg)
        array, index, result = self.preprocess(self.at("in"), status=program.CLEAN)
        self.assertEqual([line["path"] for line in index],
                         sorted(os.path.join(folder, name)
                                for name in names + [b"aaa.jpg", b"zzz.png"]))
        for line in index:
            self.assertTrue(numpy.array_equal(array[line["row"]], array[0]) or
                            line["path"].endswith(b"zzz.png"), line)
        self.assertNotIn(b"\x1b", result.err)
        for name in names:  # and the same as operands
            out = self.at("odd.npy")
            self.check(program.run("run", "--force", "-o", out, "--", name, cwd=self.at("in")),
                       program.CLEAN)
            line, = program.read_index(program.index_beside(out))
            self.assertEqual(line["path"], name)

    def test_29_odd_names_of_bad_files_in_messages(self):
        folder = os.fsencode(self.at("in"))
        for name in (b"\x1b[31mred\n.jpg", b"\xff.jpg"):
            with open(os.path.join(folder, name), "wb") as stream:
                stream.write(b"junk\0")
        for options in ([], ["-v"], ["--max-failures", "0"]):
            result = program.run("run", self.at("in"), "-o", self.at("x.npy"), "--force", *options)
            for line in result.err.split(b"\n"):
                self.assertNotRegex(line, rb"[\x00-\x08\x0b-\x1f\x7f]", options)
            result.err.decode()

    # Rows 32 to 49

    def test_32_nothing_to_do(self):
        os.mkdir(self.at("empty"))
        self.write("dots/.hidden.jpg", self.jpeg)
        for inputs in ([self.at("empty")], [self.at("dots")],
                       [self.at("in"), "--include", "*.gif"]):
            with self.subTest(inputs=inputs):
                out = self.at("out.npy")
                result = self.check(program.run("run", *inputs, "-o", out), program.USAGE)
                self.assert_one_line_error(result)
                self.assert_nothing_written(out)

    def test_32b_what_else_stands_among_pictures(self):
        self.write("in/.DS_Store", b"\0\0\0\1Bud1")
        self.write("in/labels.csv", b"aaa.jpg,cat\n")
        self.write("in/.cache/x.jpg", self.jpeg)
        found = self.among()
        self.assertEqual(set(found), {"aaa.jpg", "labels.csv", "zzz.png"})
        self.assertEqual(found["labels.csv"][1]["status"], "unsupported")

    def test_25_soft_limit_of_open_files(self):
        """A team larger than the soft limit loses no picture."""
        for number in range(60):
            self.write(f"in/m{number}.jpg", self.jpeg)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        result = program.run("run", self.at("in"), "-o", self.at("out.npy"), "--threads", "32",
                             preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, hard)))
        self.check(result, program.CLEAN)
        self.assertTrue((numpy.load(self.at("out.npy"))[:-1] ==
                         numpy.load(self.at("out.npy"))[0]).all())

    def test_42_output_among_the_inputs(self):
        out = self.at("in", "out.npy")
        for _ in range(2):  # the second run meets the output of the first
            self.check(program.run("run", self.at("in"), "-o", out, "--force"), program.CLEAN)
            self.assertEqual(numpy.load(out).shape, (2, 64, 64, 3))

    def test_42_what_a_killed_run_left_is_no_input(self):
        out = self.at("in", "out.npy")
        for ending in ("out.npy.partial", "out.npy.kept.partial", "out.index.csv.partial"):
            self.write(f"in/{ending}", b"left over")
        self.write("in/out.npy.journal", b"")  # of one that was killed at its very beginning
        self.check(program.run("run", self.at("in"), "-o", out, "--force"), program.CLEAN)
        self.assertEqual(numpy.load(out).shape, (2, 64, 64, 3))

    def test_42_array_and_index_under_one_name(self):
        for out, index in (("x.npy", "./x.npy"), (self.at("x.npy"), "x.npy")):
            result = program.run("run", self.at("in"), "-o", out, "--index", index,
                                 cwd=self.at())
            self.check(result, program.USAGE)
            self.assertFalse(os.path.exists(self.at("x.npy")))

    def test_42_output_is_an_input(self):
        for path, data in ((self.first, self.jpeg), (self.last, self.png)):
            for inputs in ([self.at("in")], [path]):
                result = program.run("run", *inputs, "-o", path, "--force")
                self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
                with open(path, "rb") as stream:
                    self.assertEqual(stream.read(), data, "an input was overwritten")
        result = program.run("run", self.at("in"), "-o", self.at("o.npy"), "--index", self.first,
                             "--force")
        self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
        with open(self.first, "rb") as stream:
            self.assertEqual(stream.read(), self.jpeg, "an input was overwritten by the index")

    def test_42_output_is_an_input_by_another_name(self):
        os.link(self.first, self.at("same.npy"))
        os.symlink(self.first, self.at("soft.npy"))
        for name in ("same.npy", "soft.npy"):
            program.run("run", self.at("in"), "-o", self.at(name), "--force")
            with open(self.first, "rb") as stream:
                self.assertEqual(stream.read(), self.jpeg, f"an input was overwritten by {name}")

    def test_43_output_exists(self):
        out = self.write("out.npy", b"precious")
        result = self.check(program.run("run", self.at("in"), "-o", out), program.USAGE)
        self.assert_one_line_error(result, "--force")
        with open(out, "rb") as stream:
            self.assertEqual(stream.read(), b"precious")
        self.check(program.run("run", self.at("in"), "-o", out, "--force"), program.CLEAN)
        self.assertEqual(len(numpy.load(out)), 2)

    def test_43_index_exists(self):
        index = self.write("out.index.csv", b"precious")
        self.check(program.run("run", self.at("in"), "-o", self.at("out.npy")), program.USAGE)
        with open(index, "rb") as stream:
            self.assertEqual(stream.read(), b"precious")

    def test_48_thread_numbers_of_all_kinds(self):
        base, _, _ = self.preprocess(self.at("in"))
        for value in ("0", "-3", "abc", "4,2", "99999", "", " 2 ", "1e3", "2147483648"):
            with self.subTest(OMP_NUM_THREADS=value):
                array, _, _ = self.preprocess(self.at("in"), env={"OMP_NUM_THREADS": value})
                self.assertTrue(numpy.array_equal(array, base))
        for env in ({"OMP_SCHEDULE": "nonsense"}, {"OMP_SCHEDULE": "static,0"},
                    {"OMP_THREAD_LIMIT": "1"}, {"OMP_DYNAMIC": "true"},
                    {"OMP_PROC_BIND": "spread", "OMP_PLACES": "cores"},
                    {"OMP_PLACES": "{0},{99}"}, {"OMP_STACKSIZE": "1"},
                    {"OMP_MAX_ACTIVE_LEVELS": "0"}, {"OMP_CANCELLATION": "true"}):
            with self.subTest(env=env):
                array, _, _ = self.preprocess(self.at("in"), env=env)
                self.assertTrue(numpy.array_equal(array, base))

    def test_49_numpy_opens_it(self):
        for options, dtype, shape in (([], "|u1", (2, 64, 64, 3)),
                                      (["--mode", "l"], "|u1", (2, 64, 64, 1)),
                                      (["--layout", "chw", "--size", "7x5"], "|u1", (2, 3, 5, 7)),
                                      (["--dtype", "f32"], "<f4", (2, 64, 64, 3))):
            out = self.at("out.npy")
            self.check(program.run("run", self.at("in"), "-o", out, "--force", *options),
                       program.CLEAN)
            array = numpy.load(out, mmap_mode="r")
            self.assertEqual((array.dtype.str, array.shape), (dtype, shape))
            self.assertTrue(array.flags.c_contiguous)
            self.assertEqual(array.offset % 64, 0)
            self.assertEqual(os.path.getsize(out), array.offset + array.nbytes)
            with open(out, "rb") as stream:
                self.assertEqual(numpy.lib.format.read_magic(stream), (1, 0))


if __name__ == "__main__":
    program.main()
