"""What Pillow makes of a picture: the expected pixels.

Each function says in Pillow's own words what an option of `pixscale run` means.
"""
import warnings

import numpy
import PIL
from PIL import Image, ImageColor, ImageOps

# The version that the exactness is promised against; others may differ in what a test says.
REFERENCE = PIL.__version__.startswith("9.4.")

FILTERS = {
    "nearest": Image.Resampling.NEAREST, "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR, "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS,
}
FORMATS = ("JPEG", "PNG")

warnings.simplefilter("ignore")


def opened(path, mode="RGB", exif=False, forgiving=False):
    """The picture in one of two modes, upright if asked. `forgiving` takes what was decoded when
    Pillow gave up."""
    with Image.open(path, formats=FORMATS) as image:
        _load(image, forgiving)
        return (ImageOps.exif_transpose(image) if exif else image).convert(mode)


def _load(image, forgiving):
    try:
        image.load()
    except OSError:
        if not forgiving:
            raise
        image.tile = []  # so that nothing tries again


def over(path, color, mode="RGB", exif=False, forgiving=False):
    """The picture laid over a colour, as paste with a mask does it."""
    with Image.open(path, formats=FORMATS) as image:
        _load(image, forgiving)
        if exif:
            image = ImageOps.exif_transpose(image)
        ground = Image.new(mode, image.size, color)
        ground.paste(image.convert(mode), mask=image.convert("RGBA").getchannel("A"))
        return ground


def sized(image, size, name, fit="stretch", pad="#000000"):
    """Resized, cropped or padded to `size`, as an array."""
    method = FILTERS[name]
    if fit == "cover":
        image = ImageOps.fit(image, size, method)
    elif fit == "pad":
        image = _padded(image, size, method, pad)
    else:
        image = image.resize(size, method)
    return numpy.asarray(image)


def _padded(image, size, method, color):
    """ImageOps.pad, but a side that rounds to nothing is one pixel where Pillow raises."""
    try:
        return ImageOps.pad(image, size, method, color=color)
    except ValueError:
        wide = image.width / image.height > size[0] / size[1]
        inner = (size[0], 1) if wide else (1, size[1])
        ground = Image.new(image.mode, size, ImageColor.getcolor(color, image.mode))
        ground.paste(image.resize(inner, method),
                     (round((size[0] - inner[0]) * 0.5), round((size[1] - inner[1]) * 0.5)))
        return ground


def difference(expected, got):
    """"" when equal, else how many samples differ and by how much."""
    if expected.shape != got.shape:
        return f"shape {got.shape} instead of {expected.shape}"
    if numpy.array_equal(expected, got):
        return ""
    apart = numpy.abs(expected.astype(numpy.float64) - got.astype(numpy.float64))
    return (f"{numpy.count_nonzero(apart)} of {apart.size} samples differ, "
            f"by {apart.max():g} at most")
