"""The resampler alone against Pillow: random shapes, all filters, fits and orientations.

Usage: test_resize.py RESIZE_TOOL KERNELS [CASES]
EMULATOR in the environment is a program to start the tool with.
"""
import os
import random
import subprocess
import sys

try:
    import numpy as np
    from PIL import Image, ImageOps
except ImportError:
    print("skipped: Pillow or NumPy is not installed")
    sys.exit(77)

FILTERS = [Image.NEAREST, Image.BOX, Image.BILINEAR, Image.HAMMING, Image.BICUBIC, Image.LANCZOS]
STRETCH, COVER, PAD = range(3)
TURNS = {
    1: None,
    2: Image.FLIP_LEFT_RIGHT,
    3: Image.ROTATE_180,
    4: Image.FLIP_TOP_BOTTOM,
    5: Image.TRANSPOSE,
    6: Image.ROTATE_270,
    7: Image.TRANSVERSE,
    8: Image.ROTATE_90,
}
SIDES = [1, 2, 3, 5, 7, 16, 31, 64, 100, 224, 299, 333, 500]
TARGETS = [1, 2, 7, 64, 93, 100, 224, 299]


def pillow(pixels, case):
    w, h, channels, filt, out_w, out_h, fit, turn, _ = case
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    if TURNS[turn] is not None:
        image = image.transpose(TURNS[turn])
    size = (out_w, out_h)
    if fit == COVER:
        image = ImageOps.fit(image, size, FILTERS[filt])
    elif fit == PAD:
        try:
            image = ImageOps.contain(image, size, FILTERS[filt])
        except ValueError:  # Pillow refuses a side that rounds to 0
            return None
    else:
        image = image.resize(size, FILTERS[filt])
    return np.asarray(image).reshape(image.height, image.width, channels)


def cases(count, seed):
    rng = random.Random(seed)
    for _ in range(count):
        source = [rng.choice(SIDES) if rng.random() < 0.6 else rng.randint(1, 700) for _ in "wh"]
        target = [rng.choice(TARGETS) if rng.random() < 0.7 else rng.randint(1, 300) for _ in "wh"]
        if rng.random() < 0.1:
            target[rng.randrange(2)] = source[rng.randrange(2)]
        yield (*source, rng.choice([1, 3]), rng.randrange(6), *target, rng.randrange(3),
               rng.randint(1, 8), rng.choice([1, 2, 3, 8, 16, 64]))


def pixels_of(case, rng):
    w, h, channels = case[:3]
    if rng.random() < 0.3:  # extremes make the filters over- and undershoot
        return (rng.random((h, w, channels)) < 0.5).astype(np.uint8) * 255
    return rng.integers(0, 256, (h, w, channels), dtype=np.uint8)


def main():
    tool, kernels = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 400
    rng = np.random.default_rng(7)
    all_cases = list(cases(count, 11))
    pictures = [pixels_of(case, rng) for case in all_cases]
    stdin = b"".join(
        " ".join(map(str, case)).encode() + b"\n" + picture.tobytes()
        for case, picture in zip(all_cases, pictures)
    )
    emulator = [os.environ["EMULATOR"]] if "EMULATOR" in os.environ else []
    done = subprocess.run([*emulator, tool, kernels], input=stdin, stdout=subprocess.PIPE)
    if done.returncode == 77:
        print(f"skipped: this CPU has no {kernels}")
        return 77
    assert done.returncode == 0, done.returncode
    out, at, differing, refused = done.stdout, 0, 0, 0
    for case, picture in zip(all_cases, pictures):
        end = out.index(b"\n", at)
        width, height = map(int, out[at:end].split())
        size = width * height * case[2]
        ours = np.frombuffer(out, np.uint8, size, end + 1).reshape(height, width, case[2])
        at = end + 1 + size
        theirs = pillow(picture, case)
        if theirs is None:
            refused += 1
        elif theirs.shape != ours.shape or (theirs != ours).any():
            differing += 1
            if differing <= 20:
                worst = ("shape %s" % (theirs.shape,) if theirs.shape != ours.shape
                         else np.abs(theirs.astype(int) - ours).max())
                print("differs:", case, worst)
    assert at == len(out)
    print(f"{count} cases, {differing} differ, {refused} that Pillow refuses")
    return 1 if differing or refused > count // 8 else 0


if __name__ == "__main__":
    sys.exit(main())
