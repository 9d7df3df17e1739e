#!/usr/bin/env python3
"""Checks that each header compiles alone, twice in a row, and has the guard that its path asks for.

usage: headers.py SRC COMPILER [FLAGS...]
"""

import pathlib
import re
import subprocess
import sys


def guard_of(header, src):
    """PIXSCALE_ROOM_FILE_H of src/room/file.h."""
    words = header.relative_to(src).with_suffix("").parts
    return "PIXSCALE_" + "_".join(words).upper() + "_H"


def guard_violation(header, src):
    """What is wrong with the header's guard, or None. Comments may stand before it."""
    guard = guard_of(header, src)
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", header.read_text(), flags=re.DOTALL).strip()
    if not re.match(rf"#ifndef {guard}\n#define {guard}\n", text) or not text.endswith("#endif"):
        return f"the include guard is not {guard}, or does not span the file"
    return None


def compile_violation(header, src, command):
    """The compiler's complaint about a file that includes nothing but the header, or None."""
    line = f'#include "{header.relative_to(src)}"\n'
    # A file of macros only would be an empty translation unit, which is not what is asked here.
    unit = line + line + "extern int headers_lint;\n"
    result = subprocess.run(command + ["-I", str(src), "-fsyntax-only", "-x", "c", "-"],
                            input=unit, capture_output=True, text=True)
    return f"does not compile alone:\n{result.stderr.rstrip()}" if result.returncode else None


def violations(src, command):
    """Yields one text for each violation."""
    for header in sorted(src.rglob("*.h")):
        for wrong in (guard_violation(header, src), compile_violation(header, src, command)):
            if wrong:
                yield f"src/{header.relative_to(src)}: {wrong}"


def main():
    src, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    found = list(violations(src, command))
    print("\n".join(found) or "headers: each compiles alone and is guarded")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
