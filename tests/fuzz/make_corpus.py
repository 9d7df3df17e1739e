#!/usr/bin/env python3
"""Writes the seeds of tests/fuzz/corpus anew; what fuzzing found lies in tests/fuzz/regressions.

usage: make_corpus.py      (needs Pillow, NumPy and libjpeg-turbo's jpegtran)

Tiny pictures of every kind, so that the fuzzer starts behind every branch on the kind of picture;
stored (not compressed) pixels are among them because a change of one byte stays a change of one
pixel there. Lists and option values are plain text behind the byte that their harness reads first.
"""
import pathlib
import subprocess
import sys

import numpy

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "support"))
import pictures  # noqa: E402

SIZES = [(9, 7), (1, 1), (17, 3), (5, 23)]


def jpegs(random):
    for number, (name, mode, channels, options) in enumerate(pictures.JPEG_KINDS):
        width, height = SIZES[number % len(SIZES)]
        samples = pictures.texture(random, width, height, channels)
        yield name, pictures.jpeg(samples, mode, **options)
    samples = pictures.texture(random, 40, 40, 3)
    restarts = pictures.jpeg(samples, quality=40, restart_marker_blocks=1)
    yield "restarts", restarts
    yield "cut", restarts[:len(restarts) * 2 // 3]
    yield "huge", pictures.jpeg_with_size(65500, 65500, restarts)
    yield "wide", pictures.jpeg_with_size(60000, 17, restarts)
    yield "scans", pictures.scan_bomb(110)
    for name, data in list(pictures.oriented())[1:48:7]:
        yield pathlib.Path(name).stem, data


def with_restarts(data):
    """The same JPEG with a restart marker behind every other MCU."""
    return subprocess.run(["jpegtran", "-restart", "2B"], input=data, capture_output=True,
                          check=True).stdout


def baselines(random):
    """Ordinary JPEGs of every sampling, with and without restart markers, long and short codes."""
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        for number, (width, height) in enumerate([(5, 3), (17, 33), (40, 20)]):
            samples = pictures.texture(random, width, height, 3)
            options = dict(quality=(30, 97, 100)[number], subsampling=subsampling,
                           optimize=number == 1)
            data = pictures.jpeg(samples, **options)
            yield f"{name}-{number}", data
            yield f"{name}-{number}-restarts", with_restarts(data)
    samples = pictures.texture(random, 21, 19, 1)
    gray = pictures.jpeg(samples, "L", quality=99)
    yield "gray", gray
    yield "gray-restarts", with_restarts(gray)


def pngs(random):
    for number, (name, depth, color, entries) in enumerate(pictures.PNG_KINDS):
        width, height = SIZES[number % len(SIZES)]
        for level, interlaced in ((0, False), (6, False), (0, True)):
            data = pictures.make_png(random, width, height, depth, color, entries, level=level,
                                     interlaced=interlaced)
            yield f"{name}-{'adam7' if interlaced else level}", data
    samples = pictures.texture(random, 9, 7, 3)
    whole = pictures.png(samples, 8, pictures.RGB, split=30)
    yield "split", whole
    yield "cut", whole[:-50]
    yield "no-end", whole[:-12]
    for name, data in pictures.keyed():
        yield pathlib.Path(name).stem, data


def lists():
    yield "lines", b"\x00a.jpg\nsub/b.png\n\n./c.png\nno end"
    yield "zeros", b"\x01a\nb.jpg\0/tmp/x//y.png\0\0../z\0"
    yield "escapes", b"\x00tab\there\\back \"q\",c \xff\xc3\xa4 \xe2\x80\xa8 \xc2\x85 \xf0\x9f\x98\x80\n"
    yield "escaped", rb"\x41 \\ \n \xff"
    yield "long", b"\x00" + b"d/" * 2100 + b"x" * 300 + b"\n"


def options():
    """One value an option, by its number in the table of `run`, which is a byte."""
    values = ["out.npy", "64x64", "bicubic", "cover", "#a0b1c2", "l", "exact", "1,2,3",
              "high-byte", "apply", "chw", "f32", "0.485,0.456,0.406", "1e-38", "-", "", "*.jpg",
              "folder", "x.csv", "4", "dynamic,4", "input", "", "accept", "drop", "1%",
              "178956970", "256M", "", "auto", "", "", ""]
    for number, value in enumerate(values):
        yield f"{number:02}", bytes([number]) + value.encode()


def main():
    random = numpy.random.default_rng(11)
    kinds = {
        "baseline": list(baselines(numpy.random.default_rng(12))),
        "list": [(name, data) for name, data in lists()],
        "options": [(name, data) for name, data in options()],
        "picture": [(f"jpeg-{name}", data) for name, data in jpegs(random)] +
                   [(f"png-{name}", data) for name, data in pngs(random)],
    }
    for kind, files in kinds.items():
        folder = HERE / "corpus" / kind
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, data in files:
            (folder / name).write_bytes(data)
        print(f"{folder.name}: {len(files)} files, {sum(len(data) for _, data in files)} bytes")


if __name__ == "__main__":
    main()
