#!/usr/bin/env python3
"""Checks that the rooms under src/ know only the rooms that they may know.

usage: layering.py SRC

Every #include of a file of ours is written "room/file.h"; the room it names must be the file's own
or stand beside it in MAY_KNOW. A room that is not in the table is a violation too: whoever adds one
says here what it knows.
"""

import pathlib
import re
import sys

MAY_KNOW = {
    "base": set(),
    "image": {"base"},
    "dataset": {"base", "image"},
    "shard": {"base", "dataset"},
    "profile": {"base"},
    "pipeline": {"base", "image", "dataset", "profile"},
    "model": {"base"},
    "sweep": {"base", "profile", "model"},
    "report": {"base", "profile", "model"},
    "bakery": {"base", "profile", "model", "sweep", "report"},
}
MAY_KNOW["lesson"] = set(MAY_KNOW)
MAY_KNOW["cli"] = set(MAY_KNOW)

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def violations(src):
    """Yields one line of text for each violation in the tree."""
    rooms = {path.name for path in src.iterdir() if path.is_dir()}
    for room in sorted(rooms - set(MAY_KNOW)):
        yield f"src/{room}: a room that the table of {pathlib.Path(__file__).name} does not have"
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".c", ".h"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                wrong = check(src, path, match[1], match[2], rooms)
                if wrong:
                    yield f"src/{path.relative_to(src)}:{number}: {wrong}"


def check(src, path, quote, name, rooms):
    """What is wrong with an #include of `name` in the file `path`, or None."""
    room = path.relative_to(src).parts[0]
    known = name.split("/")[0]
    if quote == "<":
        return f'<{name}> is ours: write "{name}"' if known in rooms and "/" in name else None
    if "/" not in name or known not in rooms:
        return f'"{name}" is not written as "room/file.h"'
    # A header that the build makes stands in the tree as file.h.in.
    if not (src / name).is_file() and not (src / (name + ".in")).is_file():
        return f'"{name}" does not exist'
    if known != room and known not in MAY_KNOW.get(room, set()):
        return f"{room} must not know {known}"
    return None


def main():
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "layering: every #include points up the table")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
