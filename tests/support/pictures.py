"""Small pictures of every mode, made from a seed.

What Pillow cannot write (16-bit colour, interlace, colour keys, chosen row filters) is written by
a PNG writer of our own after the PNG specification (W3C, second edition, chapters 7 to 11).
"""
import io
import itertools
import os
import struct
import zlib

import numpy
from PIL import Image, ImageFile

ImageFile.MAXBLOCK = 1 << 24  # libjpeg needs room for a whole progressive file

SIZES = [(1, 1), (1, 37), (41, 1), (2, 3), (17, 31), (63, 64), (64, 64), (65, 63), (200, 3),
         (500, 333), (1025, 7)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by PNG colour type
GRAY, RGB, PALETTE, GRAY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]  # x, y, step in x, step in y


def chunk(kind, data=b"", crc=None):
    """One chunk; `crc` overrides the right one."""
    right = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", right if crc is None
                                                                    else crc)


SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND")


def header(width, height, depth, color, interlaced=False):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0,
                                      int(interlaced)))


def _packed(samples, depth):
    """Rows of samples (H, W, C) as the bytes of PNG rows (H, row bytes)."""
    height = samples.shape[0]
    flat = samples.reshape(height, -1)
    if depth == 16:
        return flat.astype(">u2").view(numpy.uint8).reshape(height, -1)
    if depth == 8:
        return flat.astype(numpy.uint8)
    bits = (flat[:, :, None] >> numpy.arange(depth - 1, -1, -1)) & 1
    return numpy.packbits(bits.reshape(height, -1).astype(numpy.uint8), axis=1)


def _paeth(a, b, c):
    """Predictor of the left, upper and upper left bytes, elementwise."""
    a, b, c = (v.astype(numpy.int16) for v in (a, b, c))
    pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    return numpy.where((pa <= pb) & (pa <= pc), a, numpy.where(pb <= pc, b, c)).astype(numpy.uint8)


def _filtered(rows, step, kinds):
    """Rows with a filter byte each, of the kinds in turn; `step` is bytes a pixel."""
    out, above = bytearray(), numpy.zeros(rows.shape[1], numpy.uint8)
    for row, kind in zip(rows, itertools.cycle(kinds)):
        left = numpy.concatenate([numpy.zeros(step, numpy.uint8), row])[:len(row)]
        corner = numpy.concatenate([numpy.zeros(step, numpy.uint8), above])[:len(row)]
        guess = (numpy.zeros_like(row), left, above,
                 ((left.astype(numpy.uint16) + above) // 2).astype(numpy.uint8),
                 _paeth(left, above, corner))[kind]
        out.append(kind)
        out += (row - guess).tobytes()
        above = row
    return bytes(out)


def filtered(samples, depth, interlaced=False, filters=(0, 1, 2, 3, 4)):
    """The bytes that a PNG compresses, of samples (H, W, C)."""
    step = max(1, samples.shape[2] * depth // 8)
    if not interlaced:
        return _filtered(_packed(samples, depth), step, filters)
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
    return b"".join(_filtered(_packed(part, depth), step, filters) for part in passes if part.size)


def palette_chunk(palette):
    return chunk(b"PLTE", numpy.asarray(palette, numpy.uint8).tobytes())


def png(samples, depth, color, palette=None, transparent=None, interlaced=False,
        filters=(0, 1, 2, 3, 4), split=None, before=b"", level=6):
    """A whole PNG file. `transparent` is tRNS's bytes, `split` the size of an IDAT, `before` chunks
    that stand in front of the pixels."""
    samples = numpy.asarray(samples)
    if samples.ndim == 2:
        samples = samples[:, :, None]
    height, width = samples.shape[:2]
    data = zlib.compress(filtered(samples, depth, interlaced, filters), level)
    split = split or len(data)
    idat = b"".join(chunk(b"IDAT", data[i:i + split]) for i in range(0, len(data), split))
    return (SIGNATURE + header(width, height, depth, color, interlaced) + before +
            (palette_chunk(palette) if palette is not None else b"") +
            (chunk(b"tRNS", transparent) if transparent is not None else b"") + idat + END)


def texture(random, width, height, channels, top=255):
    """Samples (H, W, C) with slopes, edges and noise, so that every filter tap matters."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    planes = []
    for _ in range(channels):
        wave = numpy.sin(x * random.uniform(0.01, 0.5) + y * random.uniform(0.01, 0.5))
        edge = ((x * random.uniform(-1, 1) + y * random.uniform(-1, 1)) % 40 < 14) * 1.5
        noise = random.normal(0, 0.35, (height, width))
        planes.append(wave + edge + noise)
    mixed = numpy.stack(planes, axis=2)
    mixed = (mixed + 1.6) / 4.2
    return numpy.clip(numpy.round(mixed * top), 0, top).astype(numpy.int64)


def jpeg(samples, mode="RGB", **options):
    """A JPEG by Pillow of samples (H, W, C)."""
    samples = numpy.asarray(samples, numpy.uint8)
    if mode == "L":
        samples = samples[:, :, 0]
    stream = io.BytesIO()
    Image.fromarray(samples, mode).save(stream, "JPEG", **options)
    return stream.getvalue()


# name, mode, channels, what Pillow's writer is told
JPEG_KINDS = [
    ("rgb444-q92", "RGB", 3, dict(quality=92, subsampling=0)),
    ("rgb420-q75", "RGB", 3, dict(quality=75, subsampling=2)),
    ("rgb422-q50", "RGB", 3, dict(quality=50, subsampling=1)),
    ("rgb420-q5", "RGB", 3, dict(quality=5, subsampling=2)),
    ("progressive420-q85", "RGB", 3, dict(quality=85, subsampling=2, progressive=True)),
    ("progressive444-q98", "RGB", 3, dict(quality=98, subsampling=0, progressive=True)),
    ("gray-q85", "L", 1, dict(quality=85)),
    ("progressive-gray-q60", "L", 1, dict(quality=60, progressive=True)),
    ("cmyk-q80", "CMYK", 4, dict(quality=80)),
    ("cmyk420-q95", "CMYK", 4, dict(quality=95, subsampling=2)),
]

# name, depth, colour type, palette entries
PNG_KINDS = [
    ("gray1", 1, GRAY, 0), ("gray2", 2, GRAY, 0), ("gray4", 4, GRAY, 0), ("gray8", 8, GRAY, 0),
    ("gray16", 16, GRAY, 0), ("la8", 8, GRAY_ALPHA, 0), ("la16", 16, GRAY_ALPHA, 0),
    ("rgb8", 8, RGB, 0), ("rgb16", 16, RGB, 0), ("rgba8", 8, RGB_ALPHA, 0),
    ("rgba16", 16, RGB_ALPHA, 0), ("pal1", 1, PALETTE, 2), ("pal2", 2, PALETTE, 4),
    ("pal4", 4, PALETTE, 16), ("pal8", 8, PALETTE, 256), ("pal2-of-3", 2, PALETTE, 3),
    ("pal4-of-11", 4, PALETTE, 11), ("pal8-of-77", 8, PALETTE, 77), ("pal8-of-1", 8, PALETTE, 1),
]


def random_palette(random, entries):
    return random.integers(0, 256, (entries, 3))


def make_png(random, width, height, depth, color, entries=0, **options):
    """A PNG of texture in the given kind."""
    top = entries - 1 if entries else 2 ** depth - 1
    samples = texture(random, width, height, CHANNELS[color], top)
    if color in (GRAY_ALPHA, RGB_ALPHA):  # also whole areas that are opaque or not there at all
        alpha = samples[:, :, -1]
        alpha[alpha > 0.7 * top] = top
        alpha[alpha < 0.25 * top] = 0
    palette = random_palette(random, entries) if entries else None
    return png(samples, depth, color, palette=palette, **options)


def _jpegs(random):
    for name, mode, channels, options in JPEG_KINDS:
        for width, height in SIZES:
            samples = texture(random, width, height, channels)
            yield f"{name}-{width}x{height}.jpg", jpeg(samples, mode, **options)


def _pngs(random):
    sizes = itertools.cycle(SIZES)
    for name, depth, color, entries in PNG_KINDS:
        for interlaced in (False, True):
            for width, height in itertools.islice(sizes, 4):
                kind = "interlaced" if interlaced else "plain"
                yield (f"{name}-{kind}-{width}x{height}.png",
                       make_png(random, width, height, depth, color, entries,
                                interlaced=interlaced))
    for filters in ((0,), (1,), (2,), (3,), (4,)):
        yield (f"rgb8-filter{filters[0]}-65x63.png",
               make_png(random, 65, 63, 8, RGB, filters=filters))
    yield "rgba8-many-idat-64x64.png", make_png(random, 64, 64, 8, RGB_ALPHA, split=5)
    yield "gray8-stored-63x64.png", make_png(random, 63, 64, 8, GRAY, level=0)


def write_all(folder, seed=1):
    """Every mode in several sizes; gives the paths, sorted byte-wise."""
    random = numpy.random.default_rng(seed)
    paths = []
    for name, data in itertools.chain(_jpegs(random), _pngs(random), keyed(seed)):
        paths.append(os.path.join(folder, name))
        with open(paths[-1], "wb") as stream:
            stream.write(data)
    return sorted(paths, key=os.fsencode)


def keyed(seed=1):
    """(name, file) of pictures with tRNS: a key colour that occurs, or a palette's alpha."""
    random = numpy.random.default_rng(seed + 1000)
    for depth in (1, 2, 4, 8, 16):
        samples = texture(random, 31, 29, 1, 2 ** depth - 1)
        key = struct.pack(">H", int(samples[14, 15, 0]))
        yield f"gray{depth}-key-31x29.png", png(samples, depth, GRAY, transparent=key)
    for depth in (8, 16):
        samples = texture(random, 33, 28, 3, 2 ** depth - 1)
        samples[5:15, 7:20] = samples[14, 15]
        key = struct.pack(">HHH", *map(int, samples[14, 15]))
        yield f"rgb{depth}-key-33x28.png", png(samples, depth, RGB, transparent=key)
    for depth, entries, alphas in ((1, 2, 1), (2, 4, 4), (4, 16, 9), (8, 200, 200), (8, 256, 30)):
        samples = texture(random, 30, 34, 1, entries - 1)
        yield (f"pal{depth}-of-{entries}-alpha{alphas}-30x34.png",
               png(samples, depth, PALETTE, palette=random_palette(random, entries),
                   transparent=random.integers(0, 256, alphas).astype(numpy.uint8).tobytes()))


def oriented(seed=2):
    """(name, file) of JPEGs with each EXIF orientation, upright sizes wide and tall."""
    random = numpy.random.default_rng(seed)
    for width, height in ((90, 51), (33, 120), (300, 200)):
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            for name, mode, channels, options in (JPEG_KINDS[1], JPEG_KINDS[4], JPEG_KINDS[6]):
                samples = texture(random, width, height, channels)
                yield (f"{name}-{width}x{height}-exif{orientation}.jpg",
                       jpeg(samples, mode, exif=exif.tobytes(), **options))


def scan_bomb(scans):
    """A progressive gray JPEG, 8 by 8, whose AC coefficients are refined `scans` times over."""
    base = jpeg(numpy.full((8, 8, 1), 90), "L", progressive=True, quality=50)
    start = base.index(b"\xff\xda")
    first = base[start:base.index(b"\xff", start + 2 + base[start + 3])]
    return base[:start] + first * scans + b"\xff\xd9"


def jpeg_with_size(width, height, data):
    """A JPEG whose frame header is patched to another size."""
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        at = data.find(marker)
        if at >= 0:
            return data[:at + 5] + struct.pack(">HH", height, width) + data[at + 9:]
    raise ValueError("no frame header")
