"""The index against Python's csv module, with paths of any bytes.

Usage: test_index.py DATASET_TOOL [PATHS]
"""
import csv
import os
import random
import re
import subprocess
import sys
import tempfile

STATUSES = ["ok", "partial", "empty", "format", "unsupported", "truncated", "corrupt", "too-large",
            "too-complex", "not-a-file", "permission", "io", "changed", "memory"]
REASONS = ["", "plain", "a, b", 'say "no"', '"', ",", "a\nb"]
MODES = ["1", "L", "L", "L", "I;16", "LA", "LA", "P", "P", "P", "P", "RGB", "RGB", "RGBA", "RGBA",
         "CMYK"]
FORMATS = ["", "jpeg", "png"]
ODD = [b"a\nb", b"a\r\nb", b'"', b'a"b', b"a,b", b",", b"\x1b[31mred", b"`touch x`", b"-rf", b"=1+1",
       b"\xff\xfe", b"\xc3\xa9", b"\xc3", b"\xe2\x80\xa8", b"\xc2\x85", b"\xed\xa0\x80",
       b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xf0\x9f\x8d\x9e", b"\\", b"\\n", b"\\x41", b" ", b"'",
       b"a/b/c.jpg", b"./x.png", b"//x", b"<script>", b"\x7f", bytes(range(1, 256))]


def unescape(text):
    """The header's rule, written anew: a byte for each escape, UTF-8 for the rest."""
    def byte(match):
        what = match.group(1)
        number = 0x5C if what == "\\" else 0x0A if what == "n" else int(what[1:], 16)
        return chr(number if number < 128 else 0xDC00 + number)
    assert re.fullmatch(r"(?:[^\\]|\\\\|\\n|\\x[0-9a-f]{2})*", text, re.S), text
    return re.sub(r"\\(\\|n|x..)", byte, text).encode("utf-8", "surrogateescape")


def label_of(path):
    parts = [part for part in path.split(b"/")[:-1] if part not in (b"", b".")]
    return parts[-1] if parts else b""


def random_path(generator):
    kinds = [lambda: bytes([generator.randrange(1, 256)]), lambda: generator.choice(ODD),
             lambda: chr(generator.choice([0x41, 0xE9, 0x20AC, 0x1F35E, 0x9B, 0x2029])).encode(),
             lambda: generator.choice([b"/", b"\\", b",", b'"', b"x", b"a0"])]
    return b"".join(generator.choice(kinds)() for _ in range(generator.randrange(1, 12)))


def check(tool, folder, paths, flags):
    listed, out = os.path.join(folder, "list"), os.path.join(folder, "i.csv")
    with open(listed, "wb") as file:
        file.write(b"\0".join(paths))
    subprocess.run([tool, "index", out, listed, flags], check=True)
    with open(out, "rb") as file:
        content = file.read()
    text = content.decode("utf-8")
    assert text.endswith("\n") and "\r" not in text
    # But for the reason that we planted, a line is a line for every reader.
    assert len(text.replace('"a\nb"', "").splitlines()) == len(paths) + 1
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    header = ["row", "path", "status", "width", "height", "format", "mode", "bytes", "reason"]
    labels = "l" in flags
    assert rows[0] == header + ["label"] * labels, rows[0]
    assert len(rows) == len(paths) + 1
    kept = 0
    for i, (row, path) in enumerate(zip(rows[1:], paths)):
        done, seen = i % 11 != 10, i % 4 != 0
        good = done and i % 14 < 2
        number = str(kept if "d" in flags else i) if good or "d" not in flags else ""
        kept += good
        want = [number, row[1], STATUSES[i % 14] if done else "",
                str(i % 4 * 1000) if seen else "", str(i + 1) if seen else "", FORMATS[i % 3],
                MODES[i % 16] if seen else "", str(i * 0x123456789), REASONS[i % 7]]
        assert row[:9] == want, (row, want)
        assert unescape(row[1]) == path, (row[1], path)
        assert not labels or unescape(row[9]) == label_of(path), (row[9], path)
    return len(paths)


def main():
    tool, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    generator = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 7)
    csv.field_size_limit(1 << 20)
    with tempfile.TemporaryDirectory() as folder:
        check(tool, folder, ODD, "")
        check(tool, folder, ODD, "ld")
        done = 0
        for flags in ("", "l", "d", "ld"):
            paths = [random_path(generator) for _ in range(count // 4)]
            done += check(tool, folder, paths, flags)
        check(tool, folder, [b"x" * 300000 + b"\n,"], "l")
    print(done, "paths came back")
    return 0


sys.exit(main())
