"""Compares JPEG decoding with Pillow: jpeg.py PROGRAM (decode_rgb).

What Pillow loads we must load with the same bytes. What Pillow refuses we may not call ok, but for
two kinds of damage: what stands after the last row (Pillow reads on to the end marker), and bytes
among the markers that only Pillow's own parser objects to. Files are made here (whole, cut at many lengths,
with flipped bytes), and taken from the folders below PIXSCALE_DATA when that is set.
"""
import io
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    from PIL import Image, ImageFile
except ImportError as error:
    print("skipped: no Pillow for", sys.executable, "-", error)
    sys.exit(77)

warnings.simplefilter("ignore")
FOLDERS = ("photos", "products", "camera", "odd-jpeg", "fuzz-jpeg", "odd-other")


def pictures(rng):
    """Small files of every kind that Pillow can write, as (name, bytes)."""
    for width, height in ((1, 1), (8, 8), (17, 33), (70, 50), (160, 90)):
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        smooth = np.stack([x * 3 + y, 255 - 2 * y, x ^ y], 2) & 255
        noise = rng.integers(0, 256, (height, width, 3))
        rgb = Image.fromarray(((smooth * 3 + noise) // 4).astype(np.uint8))
        for mode in ("RGB", "L", "CMYK"):
            image = rgb.convert(mode)
            for progressive in (False, True):
                for sampling in (0, 1, 2) if mode == "RGB" else (0,):
                    for quality in (30, 92):
                        data = io.BytesIO()
                        image.save(data, "JPEG", quality=quality, subsampling=sampling,
                                   progressive=progressive)
                        name = f"{mode}-{width}x{height}-{'p' if progressive else 'b'}" \
                               f"-s{sampling}-q{quality}"
                        yield name, data.getvalue()


def damaged(rng, name, data):
    """The file whole, cut, with junk behind it, and with bytes changed."""
    yield name, data
    yield name + "+junk", data + rng.bytes(100)
    step = max(1, len(data) // 40)
    for n in sorted(set(range(3, len(data), step)) | set(range(len(data) - 12, len(data)))):
        if n >= 3:
            yield f"{name}-cut{n}", data[:n]
    start = data.index(b"\xff\xda") + 2
    for i in range(12):
        broken = bytearray(data)
        for at in rng.integers(start if i < 9 else 2, len(data), 1 + i % 3):
            broken[at] = rng.integers(256)
        yield f"{name}-broken{i}", bytes(broken)


def by_pillow(path, mode, truncated):
    ImageFile.LOAD_TRUNCATED_IMAGES = truncated
    try:
        with Image.open(path) as image:
            if image.format != "JPEG" and image.format != "MPO":
                return None, "format " + image.format
            return np.asarray(image.convert(mode)), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


class Ours:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.channels = 1 if "luma" in arguments else 3

    def decode(self, path):
        self.process.stdin.write(os.fsencode(path) + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().decode()
        status, rows, width, height, reason = line.rstrip("\n").split(" ", 4)
        rows, width, height = int(rows), int(width), int(height)
        data = self.process.stdout.read(rows * width * self.channels)
        array = np.frombuffer(data, np.uint8).reshape(rows, width, self.channels)
        return status, height, array[:, :, 0] if self.channels == 1 else array, reason

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


class Tally:
    def __init__(self):
        self.equal = self.refused = self.partial = self.gave_up = self.bombs = 0
        self.wrong = []
        self.lenient = []

    def compare(self, name, path, ours, mode, accept):
        status, height, array, reason = ours.decode(path)
        expected, error = by_pillow(path, mode, False)
        if expected is not None:
            if status == "ok" and np.array_equal(array, expected):
                self.equal += 1
            elif status == "too-complex":  # a limit that Pillow does not have
                self.bombs += 1
            else:
                self.wrong.append((name, status, reason, "Pillow loads it" if status != "ok" else
                                   "pixels differ"))
        elif status == "ok":
            known = "broken data stream" in error or "cannot identify" in error
            damaged_only = "-cut" not in name
            (self.lenient if known and damaged_only else self.wrong).append((name, reason, error))
        elif accept and status == "truncated" and len(array) == height > 0:
            self.compare_partial(name, array, reason, *by_pillow(path, mode, True))
        else:
            self.refused += 1

    def compare_partial(self, name, array, reason, expected, error):
        if expected is None:
            self.lenient.append((name, reason, error))
            return
        differing = np.flatnonzero((array != expected).any(axis=tuple(range(1, array.ndim))))
        if len(differing) == 0:
            self.partial += 1
        elif not expected[differing[0]:].any():
            self.gave_up += 1  # arithmetic coding cannot pause, so Pillow leaves the rest black
        else:
            self.wrong.append((name, reason, "partial picture differs", error))


def run(program, arguments, mode, files):
    tally, ours = Tally(), Ours(program, *arguments)
    accept = "accept" in arguments
    for name, path in files:
        tally.compare(name, path, ours, mode, accept)
    code = ours.end()
    print(f"{' '.join(arguments) or 'plain'}: {tally.equal} equal, {tally.partial} equal partial "
          f"pictures, {tally.gave_up} of which Pillow shows less, {tally.refused} refused by both, "
          f"{tally.bombs} too complex, {len(tally.lenient)} refused by Pillow alone, "
          f"{len(tally.wrong)} wrong, exit status {code}")
    return tally, code


def made(folder, whole_only):
    rng = np.random.default_rng(4711)
    for name, data in pictures(rng):
        for name2, data2 in [(name, data)] if whole_only else damaged(rng, name, data):
            path = os.path.join(folder, "file.jpg")
            with open(path, "wb") as file:
                file.write(data2)
            yield name2, path


def collected(data):
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(data, folder))):
            path = os.path.join(data, folder, name)
            with open(path, "rb") as file:
                if file.read(3) == b"\xff\xd8\xff":
                    yield folder + "/" + name, path


def main():
    program = sys.argv[1]
    data = os.environ.get("PIXSCALE_DATA")
    bad = 0
    for arguments, mode in ((), "RGB"), (("luma",), "L"), (("accept",), "RGB"):
        with tempfile.TemporaryDirectory() as folder:
            sets = [made(folder, mode == "L")] + ([collected(data)] if data and mode == "RGB" else [])
            for files in sets:
                tally, code = run(program, arguments, mode, files)
                for item in tally.wrong:
                    print("  WRONG", *item, sep=" | ")
                for item in tally.lenient:
                    print("  lenient", *item, sep=" | ")
                bad += len(tally.wrong) + (code != 0)
    return 1 if bad else 0


sys.exit(main())
