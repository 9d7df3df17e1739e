"""Who runs in the benchmark: each is a command over a list of files, found on this machine or not."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE = 64       # of the pictures that all make
MARGIN = 128    # what `--decode fast` keeps at least, and so the floor of it


class Contender:
    """`command` takes (list, folder for what is written) and gives the words to run. `threads` is 1
    or None for all; `formats` those that it makes sense for."""

    def __init__(self, name, command, threads=1, formats=("jpeg", "png"), env=None):
        self.name, self.command, self.threads = name, command, threads
        self.formats, self.env = formats, env or {}


def _pixscale(binary, threads, *options):
    def command(listing, folder):
        words = [binary, "run", "--files-from", listing, "-o", os.path.join(folder, "pixscale.npy"),
                 "-f", "-q", *options]
        if "--profile" in options:
            words.append(os.path.join(folder, "profile.jsonl"))
        return words + (["-t", str(threads)] if threads else [])
    return command


def _python(script, *options):
    return lambda listing, folder: [sys.executable, "-W", "ignore", os.path.join(HERE, script),
                                    listing, os.path.join(folder, "python.npy"), *options]


def _vipsthumbnail(listing, folder):
    """All files to one process (xargs begins another only where words are too many for one)."""
    return ["xargs", "-a", listing, "-d", "\\n", "-s", "1800000", "vipsthumbnail", "--size",
            f"{SIDE}x{SIDE}!", "-o", os.path.join(folder, "%s.ppm")]


def _graphicsmagick(hint):
    """One process that is told line by line what to convert; `hint` lets it decode JPEGs small."""
    def command(listing, folder):
        script = os.path.join(folder, f"gm{len(hint)}.batch")
        out = os.path.join(folder, "gm.ppm")
        with open(listing, encoding="utf-8") as stream, open(script, "w", encoding="utf-8") as to:
            for path in stream.read().splitlines():
                to.write(f"convert {hint} '{path}' -resize {SIDE}x{SIDE}! '{out}'\n")
        return ["gm", "batch", script]
    return command


def _module(name):
    """Whether the Python that runs the loops has a module."""
    return subprocess.run([sys.executable, "-c", f"import {name}"], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def pixscale_and_floors(binary, jpeg_floor, png_floor):
    jpeg, png = ("jpeg",), ("png",)
    return [
        Contender("floor", lambda listing, _: [jpeg_floor, listing], formats=jpeg),
        Contender("floor, scaled", lambda listing, _: [jpeg_floor, "-s", str(MARGIN), listing],
                  formats=jpeg),
        Contender("floor", lambda listing, _: [png_floor, listing], formats=png),
        Contender("pixscale exact", _pixscale(binary, 1)),
        Contender("pixscale exact, profile", _pixscale(binary, 1, "--profile")),
        Contender("pixscale fast", _pixscale(binary, 1, "--decode", "fast"), formats=jpeg),
        Contender("pixscale exact, all", _pixscale(binary, None), None),
        Contender("pixscale exact, profile, all", _pixscale(binary, None, "--profile"), None),
        Contender("pixscale fast, all", _pixscale(binary, None, "--decode", "fast"), None, jpeg),
    ]


def peers(cpus):
    """(contenders, [words about those that are missing])."""
    found, missing = [], []
    if _module("PIL") and _module("numpy"):
        found += [Contender("Pillow bicubic", _python("pillow_loop.py", "bicubic")),
                  Contender("Pillow nearest", _python("pillow_loop.py", "nearest")),
                  Contender("Pillow draft", _python("pillow_loop.py", "draft"), formats=("jpeg",)),
                  Contender(f"Pillow bicubic, {cpus} processes",
                            _python("pillow_loop.py", "bicubic", str(cpus)), None)]
    else:
        missing.append("Pillow: skipped, Python lacks it or NumPy (python3-pil, python3-numpy)")
    if _module("cv2"):
        found += [Contender("OpenCV", _python("opencv_loop.py", "full")),
                  Contender("OpenCV reduced", _python("opencv_loop.py", "reduced"),
                            formats=("jpeg",))]
    else:
        missing.append("OpenCV: skipped, Python lacks it (python3-opencv)")
    if shutil.which("vipsthumbnail"):
        found.append(Contender("libvips thumbnail", _vipsthumbnail, env={"VIPS_CONCURRENCY": "1"}))
    else:
        missing.append("libvips: skipped, there is no vipsthumbnail (libvips-tools)")
    if shutil.which("gm"):
        one = {"OMP_NUM_THREADS": "1"}
        found += [Contender("GraphicsMagick", _graphicsmagick(""), env=one),
                  Contender("GraphicsMagick sized", _graphicsmagick(f"-size {SIDE}x{SIDE}"),
                            formats=("jpeg",), env=one)]
    else:
        missing.append("GraphicsMagick: skipped, there is no gm (graphicsmagick)")
    return found, missing
