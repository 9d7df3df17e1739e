#!/usr/bin/env python3
"""Checks what no formatter looks after: tabs, blanks at the ends of lines, foreign files in src/.

usage: words.py ROOT
"""

import pathlib
import re
import sys

# What a room may hold: C, templates that the build fills in (version.h.in, pixscale.1.in), and
# files that are embedded into the program.
SOURCE = re.compile(r"[a-z0-9_]+\.(c|h|h\.in|1\.in|gp|css|js|html)")
# Where else text of ours stands. Pictures and records are not text of ours.
TEXT_SUFFIXES = {".c", ".h", ".in", ".py", ".sh", ".txt", ".cmake", ".md", ".gp", ".css", ".js",
                 ".html"}
TOP = ["CMakeLists.txt", "quickstart.sh", "CONTRIBUTING.md", "README.md", ".gitignore",
       ".clang-format", ".ci/run"]


def texts(root):
    """Yields the paths of all files to be read."""
    for name in TOP:
        if (root / name).is_file():
            yield root / name
    for folder in ("src", "tests", "plots"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT_SUFFIXES:
                yield path


def complaints(data):
    """Yields (line number, complaint) for the bytes of one file."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield data[:error.start].count(b"\n") + 1, "not UTF-8"
    lines = data.split(b"\n")
    if lines.pop() != b"":
        yield len(lines) + 1, "the last line has no end"
    for number, line in enumerate(lines, 1):
        if b"\t" in line:
            yield number, "a tab"
        if b"\r" in line:
            yield number, "a carriage return"
        elif line != line.rstrip():
            yield number, "blanks at the end of the line"
    if lines and lines[-1] == b"":
        yield len(lines), "an empty line at the end of the file"


def violations(root):
    """Yields one line of text for each violation."""
    for path in sorted((root / "src").rglob("*")):
        name = path.relative_to(root)
        if path.is_dir():
            if path.parent != root / "src":
                yield f"{name}: a folder inside a room"
        elif path.parent == root / "src" or not SOURCE.fullmatch(path.name):
            yield f"{name}: not a source file of a room"
    for path in texts(root):
        for number, complaint in complaints(path.read_bytes()):
            yield f"{path.relative_to(root)}:{number}: {complaint}"


def main():
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "words: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
