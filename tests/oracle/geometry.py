"""Where pictures land, against Pillow's own ImageOps.

ImageOps is given pictures without pixels: they only note how it would have them resized, and where
it would paste the result. So shapes of any size can be tried.

Usage: geometry.py GEOMETRY_PLACES
"""
import random
import struct
import subprocess
import sys

try:
    from PIL import Image, ImageOps
except ImportError:
    print("skipped: Pillow is not installed")
    sys.exit(77)

STRETCH, COVER, PAD = range(3)
CASES = 6000


class Shape:
    """As much of a picture as ImageOps looks at."""
    mode, palette = "RGB", None

    def __init__(self, size):
        self.size = self.width, self.height = size
        self.box = (0, 0) + tuple(size)
        self.corner = (0, 0)

    def resize(self, size, resample=None, box=None):
        result = Shape(size)
        result.box = box or (0, 0) + self.size
        return result

    def paste(self, other, corner):
        self.box, self.pasted, self.corner = other.box, other.size, corner


class Images:
    """ImageOps.Image, but what it makes has no pixels."""

    def __getattr__(self, name):
        return getattr(Image, name)

    @staticmethod
    def new(mode, size, color=None):
        return Shape(size)


def as_float(value):
    """Rounded to 32 bits, as the box is when it reaches Pillow's C."""
    return struct.unpack("f", struct.pack("f", value))[0]


def expected(fit, source, target):
    """(box, size, corner)"""
    picture = Shape(source)
    if fit == COVER:
        placed = ImageOps.fit(picture, target)
    elif fit == PAD:
        placed = ImageOps.pad(picture, target)
    else:
        placed = picture.resize(target)
    size = getattr(placed, "pasted", placed.size)
    return tuple(map(as_float, placed.box)), tuple(size), placed.corner


def with_vanished_side(fit, source, target):
    """Where Pillow would make a side of no pixels (and then raises), ours is one pixel, centred."""
    box, size, corner = expected(fit, source, target)
    if 0 not in size:
        return box, size, corner
    size = tuple(max(side, 1) for side in size)
    return box, size, tuple(round((t - s) * 0.5) if t != s else 0 for t, s in zip(target, size))


def side(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.choice([1, 2, 3, 4, 5, 7, 63, 64, 65, 100, 224, 299, 640, 65500])
    return round(2 ** rng.uniform(0, 9 if kind < 0.6 else 16))


def cases(rng):
    for _ in range(CASES):
        source, target = (side(rng), side(rng)), (side(rng) % 16384 + 1, side(rng) % 16384 + 1)
        if rng.random() < 0.1:
            scale = rng.randint(1, 9)  # the same aspect ratio
            source = tuple(scale * s for s in target)
        elif rng.random() < 0.1:
            target = source if max(source) <= 16384 else target
        yield rng.choice([STRETCH, COVER, PAD]), source, target


def main():
    ImageOps.Image = Images()
    all_cases = list(cases(random.Random(23)))
    text = "".join(f"{fit} {w} {h} {ow} {oh}\n" for fit, (w, h), (ow, oh) in all_cases)
    done = subprocess.run(sys.argv[1:2], input=text, stdout=subprocess.PIPE, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(all_cases), len(lines)
    differing = vanished = 0
    for case, line in zip(all_cases, lines):
        words = line.split()
        ours = (tuple(map(float.fromhex, words[:4])), tuple(map(int, words[4:6])),
                tuple(map(int, words[6:])))
        vanished += 0 in expected(*case)[1]
        theirs = with_vanished_side(*case)
        if ours != theirs:
            differing += 1
            if differing <= 20:
                print("differs:", case, "ours", ours, "Pillow", theirs)
    print(f"{len(all_cases)} shapes, {differing} differ, {vanished} that Pillow refuses")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
