"""Compares row conversion with Pillow: convert.py PROGRAM (convert_rows).

Pictures are written as PNG by hand (a colour type and depth that Pillow could not save itself is
no obstacle then), opened with Pillow, and converted both ways. CMYK goes in as raw bytes.
Where Pillow compares a transparent colour with samples of another depth, the expectation is made
from Pillow's RGB and the file's own samples.
"""
import io
import struct
import subprocess
import sys
import zlib

try:
    import numpy as np
    from PIL import Image
except ImportError as error:
    print("skipped: no Pillow for", sys.executable, "-", error)
    sys.exit(77)

# Name, PNG colour type, depth, samples a pixel; in the order of enum pixel_format.
FORMATS = [
    ("gray1", 0, 1, 1), ("gray2", 0, 2, 1), ("gray4", 0, 4, 1), ("gray8", 0, 8, 1),
    ("gray16", 0, 16, 1), ("graya8", 4, 8, 2), ("graya16", 4, 16, 2), ("palette1", 3, 1, 1),
    ("palette2", 3, 2, 1), ("palette4", 3, 4, 1), ("palette8", 3, 8, 1), ("rgb8", 2, 8, 3),
    ("rgb16", 2, 16, 3), ("rgba8", 6, 8, 4), ("rgba16", 6, 16, 4), ("cmyk8", None, 8, 4),
]
COLORS = [(0, 0, 0), (255, 255, 255), (10, 200, 77)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, color, rows, palette=None, trns=None):
    data = b"\x89PNG\r\n\x1a\n"
    data += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    if palette is not None:
        data += chunk(b"PLTE", palette.tobytes())
    if trns is not None:
        data += chunk(b"tRNS", trns)
    data += chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return data + chunk(b"IEND", b"")


def pack(samples, depth):
    """Rows of samples (height, width * channels) as PNG stores them."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in samples]
    bits = (samples[..., None] >> np.arange(depth)[::-1]) & 1
    return [np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in bits]


def lay_over(image, color):
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, color)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


class Checker:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.jobs = 0
        self.wrong = []

    def ours(self, number, size, rows, luma, color, high, key, palette):
        numbers = [number, *size, luma, color is not None, *(color or (0, 0, 0)), high,
                   key is not None, *(key or (0, 0, 0))]
        pipe = self.process.stdin
        pipe.write((" ".join(str(int(n)) for n in numbers) + "\n").encode())
        pipe.write(palette.tobytes() + b"".join(rows))
        pipe.flush()
        channels = self.process.stdout.read(1)[0]
        data = self.process.stdout.read(size[0] * size[1] * channels)
        array = np.frombuffer(data, np.uint8).reshape(size[1], size[0], channels)
        return array if luma else np.broadcast_to(array, (size[1], size[0], 3))

    def check(self, what, expected, *job):
        self.jobs += 1
        got = self.ours(*job)
        if not np.array_equal(expected.reshape(got.shape), got):
            where = np.argwhere(expected.reshape(got.shape) != got)[0]
            self.wrong.append(what)
            print("DIFFERS", what, "at", where, "expected", expected.reshape(got.shape)[tuple(where)],
                  "got", got[tuple(where)])


def key_of(rng, samples, channels, depth):
    """A transparent colour that some pixels have."""
    pixels = samples.reshape(samples.shape[0], -1, channels)
    key = pixels[0, rng.integers(pixels.shape[1])]
    pixels[::2, 1::5] = key
    return tuple(int(k) for k in key)


def expect(image, color, luma, high, samples, channels, key, depth):
    mode = "L" if luma else "RGB"
    if high and depth == 16 and channels == 1:
        image = Image.fromarray((samples >> 8).astype(np.uint8))
    if color is None:
        return np.asarray(image.convert(mode))
    if key is None:
        return np.asarray(lay_over(image, color).convert(mode))
    image.info.pop("transparency", None)
    rgb = np.array(image.convert("RGB"))
    clear = (samples.reshape(rgb.shape[0], -1, channels) == np.array(key[:channels])).all(2)
    ours = rgb.copy()
    ours[clear] = color
    return np.asarray(Image.fromarray(ours).convert(mode))


def one_format(checker, rng, number, width):
    name, kind, depth, channels = FORMATS[number]
    height = 6
    samples = rng.integers(0, 1 << depth, (height, width * channels))
    if depth == 16:
        samples[:2] >>= 8  # below the clamp
    palette = np.zeros((256, 4), np.uint8)
    palette[:, 3] = 255
    plte = None
    variants = [(None, None)]  # the tRNS chunk and the key
    if kind == 3:
        count = 1 << depth
        palette[:count] = rng.integers(0, 256, (count, 4))
        plte = palette[:count, :3].copy()
        palette[count // 2:, 3] = 255
        variants = [(palette[: count // 2, 3].tobytes(), None), (None, None)]
    elif kind in (0, 2):
        key = key_of(rng, samples, channels, depth)
        variants.append((struct.pack(">%dH" % channels, *key), (key * 3)[:3]))
    rows = pack(samples, depth)
    for trns, key in variants:
        table = palette.copy()
        if kind == 3 and trns is None:
            table[:, 3] = 255
        for color in [None] + COLORS:
            for luma in (False, True):
                for high in (False, True):
                    if kind is None:
                        image = Image.frombytes("CMYK", (width, height), b"".join(
                            bytes(255 - b for b in row) for row in rows))
                    else:
                        data = png(width, height, depth, kind, rows, plte, trns)
                        image = Image.open(io.BytesIO(data))
                        image.load()
                    if color is not None and trns and key and name in ("gray8", "rgb8"):
                        expected = np.asarray(lay_over(image, color).convert("L" if luma else "RGB"))
                    else:
                        expected = expect(image, color, luma, high, samples, channels, key, depth)
                    checker.check((name, width, "key" if key else "alpha" if trns else "", color,
                                   "luma" * luma, "high" * high), expected, number,
                                  (width, height), rows, luma, color, high, key, table)


def exhaustive(checker):
    """All pairs that blending and ink can meet, and all of gray and alpha."""
    first, second = np.meshgrid(np.arange(256), np.arange(256))
    palette = np.zeros((256, 4), np.uint8)
    zero = np.full_like(first, 77)
    for number, mode, planes in ((5, "LA", (first, second)),
                                 (13, "RGBA", (first, zero, 255 - first, second)),
                                 (15, "CMYK", (first, 255 - first, zero, second))):
        samples = np.stack(planes, 2).astype(np.uint8)
        image = Image.frombytes(mode, (256, 256), samples.tobytes())
        if mode == "CMYK":
            samples = 255 - samples
        rows = [row.tobytes() for row in samples]
        for color in [None] + COLORS:
            for luma in (False, True):
                expected = expect(image, color, luma, False, None, len(planes), None, 8)
                checker.check((mode, "exhaustive", color, luma), expected, number, (256, 256), rows,
                              luma, color, False, None, palette)


def main():
    checker = Checker(sys.argv[1])
    rng = np.random.default_rng(20240607)
    for number in range(len(FORMATS)):
        for width in (1, 2, 3, 7, 8, 9, 31, 64, 257):
            one_format(checker, rng, number, width)
    exhaustive(checker)
    print(checker.jobs, "conversions,", len(checker.wrong), "differ from Pillow")
    checker.process.stdin.close()
    return 1 if checker.wrong or checker.process.wait() else 0


sys.exit(main())
