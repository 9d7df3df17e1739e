#!/usr/bin/env python3
"""Installs to a temporary prefix and checks that just what is meant to be there is, and works.

usage: install.py CMAKE BUILD-FOLDER VERSION
"""

import os
import pathlib
import subprocess
import sys
import tempfile

EXPECTED = {
    "bin/pixscale",
    "share/doc/pixscale/LICENSE",
    "share/doc/pixscale/README.md",
    "share/man/man1/pixscale.1",
}


def violations(cmake, build, version, prefix):
    """Yields one line of text for each violation."""
    subprocess.run([cmake, "--install", build, "--prefix", str(prefix)],
                   check=True, stdout=subprocess.DEVNULL)
    files = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if not p.is_dir()}
    for name in sorted(EXPECTED - files):
        yield f"{name} is not installed"
    for name in sorted(files - EXPECTED):
        yield f"{name} is installed, which nobody asked for"
    program = prefix / "bin/pixscale"
    if not os.access(program, os.X_OK):
        yield "bin/pixscale cannot be executed"
        return
    # From another folder and with nothing of the build in sight.
    result = subprocess.run([str(program), "--version"], cwd="/", env={}, capture_output=True,
                            text=True)
    if (result.returncode, result.stdout) != (0, f"pixscale {version}\n"):
        yield f"pixscale --version gave {result.returncode}, {result.stdout!r}, {result.stderr!r}"
    page = prefix / "share/man/man1/pixscale.1"
    if page.is_file() and f'"pixscale {version}"' not in page.read_text():
        yield f"pixscale.1 is not of version {version}"


def main():
    cmake, build, version = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        found = list(violations(cmake, build, version, pathlib.Path(folder)))
    print("\n".join(found) or "install: complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
