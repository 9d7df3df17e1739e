#!/usr/bin/python3
"""The pictures of a folder, real and hostile, named by PIXSCALE_DATA: each is accounted for, none
takes long unless it is large, and the memory stays within what the README says.

In a build with sanitizers the same runs show that these have nothing to report.
"""
import json
import os
import resource
import shutil
import subprocess
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

MB = 1 << 20
SLOW_NS = 250_000_000  # a picture that takes longer is looked at by itself
CPU_SECONDS = 0.5
LARGE_PIXELS, LARGE_BYTES = 10_000_000, 3 * MB  # what may take longer
GATED = 32 * MB  # pictures that take more beside their files pass one at a time
BYTE_VISITS = 64  # CODEC_JPEG_BYTE_VISITS


def scan_visits(data):
    """How many times all scans of a JPEG together go over a block, by its headers; scans."""
    at, blocks, visits, scans = 2, {}, 0, 0
    while at + 4 <= len(data):
        kind = data[at + 1]
        if data[at] != 0xff or kind in (0, 1, 0xff) or 0xd0 <= kind <= 0xd8:
            at += 1 if data[at] != 0xff or kind == 0xff else 2
            continue
        if kind == 0xd9:
            break
        size = struct.unpack_from(">H", data, at + 2)[0]
        body = data[at + 4:at + 2 + size]
        if 0xc0 <= kind <= 0xcf and kind not in (0xc4, 0xc8, 0xcc):
            height, width, count = struct.unpack_from(">HHB", body, 1)
            parts = [body[6 + 3 * i:9 + 3 * i] for i in range(count)]
            across, down = max(p[1] >> 4 for p in parts), max(p[1] & 15 for p in parts)
            blocks = {p[0]: -(-width * (p[1] >> 4) // (8 * across)) *
                      -(-height * (p[1] & 15) // (8 * down)) for p in parts}
        if kind == 0xda:
            scans += 1
            visits += sum(blocks[body[1 + 2 * i]] for i in range(body[0]))
        at += 2 + size
    return visits, scans


@unittest.skipUnless(program.DATA, "PIXSCALE_DATA names no folder")
class DataFaults(program.ProgramTest):

    def setUp(self):
        super().setUp()
        self.sets = sorted(entry.name for entry in os.scandir(program.DATA) if entry.is_dir())

    def files(self, folder):
        return sum(len([name for name in names if not name.startswith(".")])
                   for _, _, names in os.walk(folder))

    def check_accounts(self, folder, *options):
        """A run: each file has its line, each failure its reason and no pixels."""
        array, index, result = self.preprocess(folder, *options, status=program.SOME_FAILED)
        self.assertEqual(len(index), self.files(folder))
        self.assertEqual(len(array), len(index))
        for line in index:
            if line["status"] not in ("ok", "partial"):
                self.assertNotEqual(line["reason"], "", line)
                self.assertFalse(array[line["row"]].any(), line)
        self.assertNotIn("memory", {line["status"] for line in index})
        return index, result

    def test_all_together(self):
        everything, _ = self.check_accounts(program.DATA)
        self.assertGreater(len(everything), 1000)
        for options in (["--decode", "fast", "-t", "8"], ["--exif", "apply", "--alpha", "white"]):
            other, _ = self.check_accounts(program.DATA, *options)
            self.assertEqual([(line["path"], line["status"]) for line in everything],
                             [(line["path"], line["status"]) for line in other], options)
        counts = {}
        for line in everything:
            counts[line["status"]] = counts.get(line["status"], 0) + 1
        print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))

    def test_each_set(self):
        for name in self.sets:
            if name.startswith(("odd", "fuzz", "pngsuite")):
                with self.subTest(set=name):
                    index, _ = self.check_accounts(os.path.join(program.DATA, name), "--truncated",
                                                   "accept", "--size", "31x17")
                    self.assertIn("ok", {line["status"] for line in index})

    def cpu_seconds(self, path):
        """Least of three runs over one file."""
        seconds = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            program.run("run", path, "-o", self.at("one.npy"), "-f", "-q", "-t", "1")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(seconds)

    @unittest.skipIf(program.sanitized(), "instrumented code takes its own time")
    def test_no_file_takes_long(self):
        for decode in ("exact", "fast"):
            record = self.at(f"{decode}.jsonl")
            index, _ = self.check_accounts(program.DATA, "-t", "1", "--decode", decode,
                                           "--profile", record, "--items")
            with open(record, encoding="utf-8") as stream:
                items = json.load(stream)["items"]
            self.assertEqual(sorted(items["row"]), list(range(len(index))))
            spent = {row: sum(column[i] for column in items["stage_ns"].values())
                     for i, row in enumerate(items["row"])}
            for line in index:
                large = (line["width"] or 0) * (line["height"] or 0) > LARGE_PIXELS or \
                    line["bytes"] > LARGE_BYTES
                if spent[line["row"]] > SLOW_NS and not large:
                    self.assertLess(self.cpu_seconds(line["path"]), CPU_SECONDS, line)
            worst = max(index, key=lambda line: spent[line["row"]])
            print(f"{decode}: the longest {spent[worst['row']] / 1e6:.0f} ms,"
                  f" {worst['path'].decode()}, {worst['width']} x {worst['height']}")

    def takes(self, line):
        """(what a thread may hold of a picture, whether only one at a time may), by the README."""
        width, height = line["width"] or 0, line["height"] or 0
        with open(line["path"], "rb") as stream:
            head = stream.read(40)
        depth = {"1": 1, "L": 8, "P": 8, "I;16": 16, "RGBA": 32, "CMYK": 32, "LA": 16}.get(
            line["mode"], 24)
        working = 256 * max(0, width - 4096) + 42 * max(0, height - 16384)
        if line["format"] == "png" and head[24:25] == b"\x10":
            depth = 64
        if line["format"] == "png":
            inflated = height * ((width * depth + 7) // 8 + 1)
            held = inflated if head[28:29] == b"\1" or inflated <= GATED else 0
        else:
            held = 2 * 4 * (width + 32) * (height + 32) if line["format"] else 0
        return line["bytes"], working, held

    @unittest.skipIf(program.sanitized(), "a sanitizer's memory is not the program's")
    def test_peak_memory(self):
        """At most what the README says, and with --max-memory less than that."""
        index, _ = self.check_accounts(program.DATA)
        good = [self.takes(line) for line in index if line["status"] != "too-large"]
        files = max(file for file, _, _ in good)
        working = max(work for _, work, _ in good)
        light = max(held for _, _, held in good if held <= GATED)
        heavy = max(held for _, _, held in good)
        lists = sum(128 + len(line["path"]) for line in index)
        for threads in (1, 2, 8, 32):
            bound = 16 * MB + lists + heavy + threads * (files + 2 * MB + working + light)
            limit = 12 * MB + threads * 4 * MB + 150 * MB
            for options, most in (([], bound), (["--max-memory", str(limit)], limit)):
                with self.subTest(threads=threads, options=options):
                    status, peak = program.peak_memory(
                        "run", program.DATA, "-o", self.at("o.npy"), "-f", "-q", "-t",
                        str(threads), *options)
                    self.assertEqual(status, program.SOME_FAILED)
                    print(f"{threads} threads: peak {peak / MB:.1f} of {most / MB:.1f} MB")
                    self.assertLess(peak, most)

    def test_honest_scans_are_far_from_the_bound(self):
        """Photographs, and pictures of one colour, which have the fewest bits a block."""
        files = []
        for mode, channels in (("L", 1), ("RGB", 3), ("CMYK", 4)):
            for subsampling in (0, 2):
                files.append(pictures.jpeg(
                    numpy.full((1500, 1500, channels), 200, numpy.uint8), mode, progressive=True,
                    optimize=True, quality=5, subsampling=subsampling))
        flat = max(scan_visits(data)[0] / len(data) for data in files)
        files = []
        for name in ("camera", "photos", "products"):
            folder = os.path.join(program.DATA, name)
            for entry in os.scandir(folder) if os.path.isdir(folder) else ():
                with open(entry.path, "rb") as stream:
                    data = stream.read()
                if shutil.which("jpegtran"):
                    data = subprocess.run(["jpegtran", "-progressive"], input=data, check=True,
                                          capture_output=True).stdout
                files.append(data)
        visits = [scan_visits(data) for data in files]
        real = max((count / len(data) for (count, scans), data in zip(visits, files) if scans > 1),
                   default=0)
        print(f"visits of a block for each byte: {flat:.1f} of one colour, {real:.1f} at most of "
              f"{sum(scans > 1 for _, scans in visits)} photographs in several scans")
        self.assertLess(2 * flat, BYTE_VISITS)
        self.assertLess(10 * real, BYTE_VISITS)


if __name__ == "__main__":
    program.main()
