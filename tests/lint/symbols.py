#!/usr/bin/env python3
"""Checks the names in the object files of the program.

usage: symbols.py SRC OBJECT...        objects are named .../ROOM/FILE.c.o, as CMake does

1. Whoever meets a name finds where it lives: an external symbol that ROOM/FILE.c defines begins
   with the file's stem; or with the stem of a header of the room that the file's name extends, as
   resize_kernels_avx2.c does resize_kernels.h; or with the stem of a header of the room that
   declares it. Of a plural the singular does as well: option_flag is declared in options.h.
2. The rooms of the library do not exit, do not write to standard output and do not read the
   environment: that is for cli/ alone.
"""

import pathlib
import re
import subprocess
import sys

ONLY_IN_CLI = {
    "exit": "exits",
    "quick_exit": "exits",
    "stdout": "writes to standard output",
    "printf": "writes to standard output",
    "vprintf": "writes to standard output",
    "__printf_chk": "writes to standard output",
    "__vprintf_chk": "writes to standard output",
    "puts": "writes to standard output",
    "putchar": "writes to standard output",
    "getenv": "reads the environment",
    "secure_getenv": "reads the environment",
    "environ": "reads the environment",
    "setenv": "changes the environment",
    "putenv": "changes the environment",
    "unsetenv": "changes the environment",
}


def symbols(path):
    """Two sets: the external names that the object defines, and those that it uses."""
    text = subprocess.run(["nm", "--extern-only", "--format=posix", str(path)],
                          check=True, capture_output=True, text=True).stdout
    defined, used = set(), set()
    for line in text.splitlines():
        name, kind = line.split()[:2]
        (used if kind in "Uvw" else defined).add(name)
    return defined, used


def begins(name, stem):
    """True for stem itself and stem_anything; the stem's singular counts too."""
    stems = {stem, stem[:-1]} if stem.endswith("s") else {stem}
    return any(name == s or name.startswith(s + "_") for s in stems)


def allowed_stems(name, stem, room, src):
    """What the external `name` of the file room/stem.c may begin with."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    yield stem
    for header in sorted((src / room).glob("*.h")):
        if stem.startswith(header.stem + "_") or word.search(header.read_text()):
            yield header.stem


def violations(src, objects):
    """Yields one line of text for each violation."""
    for path in objects:
        room, stem = path.parent.name, path.name.split(".")[0]
        defined, used = symbols(path)
        for name in sorted(defined):
            # Names with two underscores, or a dot, are the compiler's own.
            if name.startswith("__") or "." in name or name == "main":
                continue
            if not any(begins(name, s) for s in allowed_stems(name, stem, room, src)):
                yield f"src/{room}/{stem}.c: {name} is external and does not begin with {stem}_"
        if room != "cli":
            for name in sorted(used & set(ONLY_IN_CLI)):
                yield f"src/{room}/{stem}.c: {name}: {ONLY_IN_CLI[name]}, which only cli/ does"


def main():
    src, objects = pathlib.Path(sys.argv[1]), [pathlib.Path(arg) for arg in sys.argv[2:]]
    if not objects:
        sys.exit("symbols: no object files given")
    found = list(violations(src, objects))
    print("\n".join(found) or f"symbols: the names in {len(objects)} object files are in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
