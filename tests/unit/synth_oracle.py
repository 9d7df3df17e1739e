"""Opens a sample set with Pillow and compares it with what was intended.

The folder holds the pictures and `expected`: a line a picture with its name, Image.mode, width,
height, and of a JPEG its sampling (Pillow's number, -1 for gray) and whether it is progressive, of
a PNG the bits of a palette index (0: no palette) and whether it has a tRNS chunk. Where there is a
NAME.raw beside a picture, it is the painted RGBA.
"""
import os
import sys

import numpy as np
from PIL import Image, JpegImagePlugin

folder = sys.argv[1]
failures = []


def check(name, what, found, wanted):
    if found != wanted:
        failures.append(f"{name}: {what} is {found}, not {wanted}")


def check_pixels(name, image):
    raw = os.path.join(folder, name + ".raw")
    if not os.path.exists(raw):
        return 0
    painted = np.fromfile(raw, np.uint8).reshape(image.height, image.width, 4).astype(int)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "L":
        painted = np.asarray(Image.fromarray(painted[..., :3].astype(np.uint8)).convert("L"), int)
    pixels = np.asarray(image, int)
    if image.mode == "RGB":
        painted = painted[..., :3]
    error = np.abs(pixels - painted)
    if name in exact_names and error.max() != 0:
        failures.append(f"{name}: differs from what was painted by up to {error.max()}")
    elif error.mean() > 12:
        failures.append(f"{name}: differs from what was painted by {error.mean():.1f} on average")
    return 1


compared = 0
modes = set()
exact_names = set()
with open(os.path.join(folder, "expected"), encoding="ascii") as lines:
    rows = [line.split() for line in lines]
for name, mode, width, height, detail, flag in rows:
    path = os.path.join(folder, name)
    image = Image.open(path)
    image.load()
    check(name, "mode", image.mode, mode)
    check(name, "size", image.size, (int(width), int(height)))
    pixels = image.width * image.height
    if name.endswith(".jpg"):
        check(name, "format", image.format, "JPEG")
        check(name, "sampling", JpegImagePlugin.get_sampling(image), int(detail))
        check(name, "progressive", bool(image.info.get("progressive")), flag == "1")
        bits = os.path.getsize(path) * 8 / pixels
        if not 0.3 <= bits <= 2:
            failures.append(f"{name}: {bits:.2f} bits a pixel")
    else:
        check(name, "format", image.format, "PNG")
        check(name, "tRNS", "transparency" in image.info, flag == "1")
        with open(path, "rb") as file:
            depth = file.read(25)[24]
        check(name, "depth", depth, int(detail) or 8)
        if detail == "0" and mode != "L":
            exact_names.add(name)
    modes.add((image.format, mode, detail, flag))
    compared += check_pixels(name, image)

if len(rows) == 0 or compared == 0:
    failures.append("nothing was compared")
print(f"{len(rows)} pictures, {len(modes)} kinds, {compared} compared by pixel")
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
