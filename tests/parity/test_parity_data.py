#!/usr/bin/python3
"""Parity on the pictures of a folder, real and hostile, named by PIXSCALE_DATA.

Every file that both decode must be equal. A file that only one of the two decodes must be explained
by the table DIFFERENCES: facts that are found here in the file itself, by code that shares nothing
with the program.
"""
import os
import struct
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy
from PIL import Image

import oracle
import pictures


def png_facts(data):
    """What is wrong with a PNG, as a set of words."""
    facts, at, idat, seen = set(), 8, b"", []
    shape = None
    while at < len(data):
        if at + 12 > len(data):
            facts.add("cut")
            break
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        if at + 12 + size > len(data):
            facts.add("cut")
        elif struct.unpack_from(">I", data, at + 8 + size)[0] != zlib.crc32(kind + body):
            facts.add("crc of IDAT" if kind == b"IDAT" else
                      "crc of a critical chunk" if kind[:1].isupper() else
                      "crc of an ancillary chunk")
        if kind == b"IHDR" and len(body) == 13 and shape is None:
            shape = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            idat += body
            if seen and b"IDAT" in seen and seen[-1] != b"IDAT":
                facts.add("chunks between IDATs")
        facts |= _chunk_facts(kind, body, seen)
        seen.append(kind)
        at += 12 + size
        if kind == b"IEND":
            break
    if not seen or seen[0] != b"IHDR" or shape is None:
        return facts | {"no header"}
    if b"IEND" not in seen:
        facts.add("no end")
    if shape[3] == pictures.PALETTE and b"PLTE" not in seen:
        facts.add("no palette")
    return facts | _stream_facts(shape, idat)


def _chunk_facts(kind, body, seen):
    """What one chunk has that readers judge differently."""
    facts = set()
    if kind == b"PLTE" and (kind in seen or not body):
        facts.add("two palettes" if body else "empty palette")
    if kind == b"IHDR" and seen:
        facts.add("second header")
    if len(body) != {b"pHYs": 9, b"cHRM": 32, b"gAMA": 4, b"sRGB": 1}.get(kind, len(body)):
        facts.add("ancillary chunk of a wrong size")
    if kind in (b"zTXt", b"iTXt", b"iCCP") and len(body) > 0:
        facts.add("compressed text")
    if kind == b"eXIf" and body[:4] not in (b"II*\0", b"MM\0*"):
        facts.add("Exif that is no TIFF")
    if kind in (b"zTXt", b"tEXt") and body.startswith(b"Raw profile type "):
        facts.add("Exif as text")
    if kind == b"iTXt" and body.startswith(b"XML:com.adobe.xmp"):
        facts.add("XMP")
    return facts


def _stream_facts(shape, idat):
    """How the pixels' stream differs from what the header says."""
    width, height, depth, color, _, _, interlaced = shape
    channels = pictures.CHANNELS.get(color, 1)
    needed = 0
    for x, y, dx, dy in pictures.ADAM7 if interlaced else [(0, 0, 1, 1)]:
        columns, rows = -(-max(0, width - x) // dx), -(-max(0, height - y) // dy)
        if columns:
            needed += rows * (1 + (columns * channels * depth + 7) // 8)
    inflate = zlib.decompressobj()
    facts, got = set(), 0
    if needed > 1 << 30:
        return {"huge"}
    try:
        got = len(inflate.decompress(idat, needed + 1))
        if not inflate.eof:
            got += len(inflate.decompress(inflate.unconsumed_tail, 64))
    except zlib.error as error:
        facts.add("wrong adler" if "incorrect data check" in str(error) else "wrong stream")
        facts |= {"all rows"} if _rows_before_error(idat, needed) else set()
        return facts
    if got < needed:
        facts.add("stream ends early" if inflate.eof else "stream is cut")
    elif not inflate.eof:
        facts.add("stream goes on")
    return facts


def _rows_before_error(idat, needed):
    """True when a wrong stream gives all rows before the place that is wrong."""
    inflate, got = zlib.decompressobj(), 0
    try:
        for at in range(len(idat)):
            got += len(inflate.decompress(idat[at:at + 1]))
    except zlib.error:
        pass
    return got >= needed


def jpeg_facts(data):
    """Facts of a JPEG's headers, as a set of words."""
    facts, at, scans = set(), 2, 0
    while at + 4 <= len(data):
        if data[at] != 0xff:
            at += 1
            continue
        kind = data[at + 1]
        if kind in (0, 1, 0xff) or 0xd0 <= kind <= 0xd8:
            at += 1 if kind == 0xff else 2
            continue
        if kind == 0xd9:
            break
        size = struct.unpack_from(">H", data, at + 2)[0]
        if kind == 0xda:
            scans += 1
        if 0xc0 <= kind <= 0xcf and kind not in (0xc4, 0xc8, 0xcc):
            facts.add(f"SOF{kind - 0xc0}")
            if data[at + 4:at + 5] != b"\x08":
                facts.add("not 8 bit")
        if b"http://ns.adobe.com/xap/" in data[at:at + 40]:
            facts.add("XMP")
        at += 2 + size
    if scans > 100:
        facts.add("more than 100 scans")
    return facts


def facts_of(path):
    with open(path, "rb") as stream:
        data = stream.read()
    if data.startswith(pictures.SIGNATURE):
        return png_facts(data)
    if data.startswith(b"\xff\xd8"):
        return jpeg_facts(data) | {"JPEG"}
    return {"neither"}


LOADS, REFUSES, DIFFERS = "loads", "refuses", "loads other pixels"

# What Pillow does, the program's status, facts that must all hold. Why:
DIFFERENCES = [
    # The data is protected: Pillow does not look at the checksums of IDAT, nor at its stream's end.
    (LOADS, "corrupt", {"crc of IDAT"}),
    (LOADS, "truncated", {"cut"}),
    (LOADS, "truncated", {"stream ends early"}),
    # Indices without a palette mean nothing; Pillow makes gray of them.
    (LOADS, "corrupt", {"no palette"}),
    (LOADS, "corrupt", {"empty palette"}),
    (LOADS, "corrupt", {"two palettes"}),
    # Chunks that the pixels do not need are not looked into, and nothing behind the pixels is.
    (REFUSES, "ok", {"ancillary chunk of a wrong size"}),
    (REFUSES, "ok", {"compressed text"}),
    (REFUSES, "ok", {"second header", "no end"}),
    # Pillow's own reader of JPEG's markers, not libjpeg, gives up.
    (REFUSES, "ok", {"JPEG", "not identified by Pillow"}),
    # The markers behind the last row are broken; its pixels were complete, and are equal.
    (REFUSES, "ok", {"JPEG", "equal until Pillow gave up"}),
]

# The same with --exif apply: the orientation is taken from Exif, in APP1 or eXIf, alone.
EXIF_DIFFERENCES = DIFFERENCES + [
    (DIFFERS, "ok", {"XMP"}),
    (DIFFERS, "ok", {"Exif as text"}),
    (REFUSES, "ok", {"Exif that is no TIFF"}),
]


@unittest.skipUnless(program.DATA, "PIXSCALE_DATA names no folder")
@unittest.skipUnless(oracle.REFERENCE, "the promise is against Pillow 9.4")
class ParityData(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folders = sorted(entry.path for entry in os.scandir(program.DATA) if entry.is_dir())
        cls.light = [path for path in cls.folders if os.path.basename(path) != "camera"]

    def pillow(self, path, make, **how):
        try:
            return make(path, **how)
        except Exception:
            return None

    def facts(self, path, make, ours):
        """facts_of, and what only Pillow itself can tell."""
        facts = facts_of(path)
        try:
            Image.open(path, formats=oracle.FORMATS).close()
        except Exception:
            facts.add("not identified by Pillow")
        forgiven = self.pillow(path, make, forgiving=True)
        if forgiven is not None and ours is not None and numpy.array_equal(forgiven, ours):
            facts.add("equal until Pillow gave up")
        return facts

    def compare(self, inputs, options, make, table=DIFFERENCES):
        """One run over the folders: everything is equal or explained by the table."""
        array, index, _ = self.preprocess(inputs, *options, status=program.SOME_FAILED)
        wrong, equal = [], 0
        for line in index:
            path = os.fsdecode(line["path"])
            want = self.pillow(path, make)
            ours = array[line["row"]] if line["status"] == "ok" else None
            if want is None and ours is None:
                continue
            apart = "" if want is None or ours is None else oracle.difference(want, ours)
            if want is not None and ours is not None and not apart:
                equal += 1
                continue
            does = REFUSES if want is None else LOADS if ours is None else DIFFERS
            facts = self.facts(path, make, ours)
            if not any(row[:2] == (does, line["status"]) and row[2] <= facts for row in table):
                wrong.append(f"{os.path.relpath(path, program.DATA)}: Pillow {does}, {apart}"
                             f" here {line['status']} ({line['reason']}); {sorted(facts)}")
        if wrong:
            self.fail(f"run {' '.join(options)}: {len(wrong)} of {len(index)} files are not "
                      f"explained:\n  " + "\n  ".join(wrong))
        self.assertGreater(equal, len(index) // 3)

    def test_everything_bicubic_64(self):
        self.compare(self.folders, [],
                     lambda path, **how: oracle.sized(
                         oracle.opened(path, **how), (64, 64), "bicubic"))

    def test_other_filters_and_sizes(self):
        for name, size in (("lanczos", (224, 224)), ("box", (50, 31)), ("nearest", (100, 100)),
                           ("hamming", (17, 130)), ("bilinear", (299, 299))):
            with self.subTest(filter=name, size=size):
                self.compare(self.light, ["--filter", name, "--size", f"{size[0]}x{size[1]}"],
                             lambda path, **how: oracle.sized(oracle.opened(path, **how), size, name))

    def test_cover_and_pad(self):
        for fit in ("cover", "pad"):
            with self.subTest(fit=fit):
                self.compare(self.folders, ["--fit", fit], lambda path, **how: oracle.sized(
                    oracle.opened(path, **how), (64, 64), "bicubic", fit))

    def test_exif(self):
        self.compare(self.folders, ["--exif", "apply"], lambda path, **how: oracle.sized(
            oracle.opened(path, exif=True, **how), (64, 64), "bicubic"), EXIF_DIFFERENCES)

    def test_alpha_over_white(self):
        self.compare(self.light, ["--alpha", "255,255,255"], lambda path, **how: oracle.sized(
            oracle.over(path, "#ffffff", **how), (64, 64), "bicubic"))

    def test_luma(self):
        self.compare(self.light, ["--mode", "l"], lambda path, **how: oracle.sized(
            oracle.opened(path, "L", **how), (64, 64), "bicubic")[:, :, None])

    def test_variants(self):
        """All SIMD variants, hostile files included: the same statuses, reasons and pixels."""
        for options in (["--filter", "lanczos", "--size", "33x44"], ["--decode", "fast"]):
            default, index, _ = self.preprocess(self.folders, *options, status=program.SOME_FAILED)
            for variant in program.simd_variants():
                other, other_index, _ = self.preprocess(self.folders, *options,
                                                        env={"PIXSCALE_SIMD": variant},
                                                        status=program.SOME_FAILED)
                self.assertEqual(other_index, index, (variant, options))
                self.assertTrue(numpy.array_equal(other, default), (variant, options))

    def test_fast_decode(self):
        """The same statuses, hostile files included, and photographs that are near. The worst at 1/8
        have white areas: ringing that a whole decode clips is averaged with them."""
        for size, worst in (("64x64", 43), ("9x14", 33)):
            both = [self.preprocess(self.folders, "--size", size, "--decode", how,
                                    status=program.SOME_FAILED) for how in ("exact", "fast")]
            said = [[(line["path"], line["status"], line["width"], line["height"]) for line in index]
                    for _, index, _ in both]
            self.assertEqual(*said)
            noise = []
            for line, exact, fast in zip(both[0][1], both[0][0], both[1][0]):
                if b"/photos/" in line["path"] or b"/products/" in line["path"]:
                    noise.append(numpy.square(exact.astype(float) - fast).mean())
                    self.assertLess(noise[-1], 255 ** 2 / 10 ** (worst / 10), line["path"])
            self.assertLess(numpy.median(noise), 255 ** 2 / 10 ** 5)
            self.assertGreater(numpy.count_nonzero(noise), 100)

    def test_png_suite(self):
        """All valid files of PngSuite decode; those made wrong, whose names begin with x, fail."""
        suite = os.path.join(program.DATA, "pngsuite")
        if not os.path.isdir(suite):
            self.skipTest("no PngSuite there")
        _, index, _ = self.preprocess(suite, status=program.SOME_FAILED)
        self.assertGreater(len(index), 170)
        for line in index:
            name = os.path.basename(line["path"])
            if name.startswith(b"x"):
                self.assertNotEqual(line["status"], "ok", name)
            else:
                self.assertEqual(line["status"], "ok", line)


if __name__ == "__main__":
    program.main()
