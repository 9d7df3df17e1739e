"""The array file against NumPy: its header byte for byte, its data, and that it can be mapped.

Usage: test_npy.py DATASET_TOOL
"""
import io
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    sys.exit(77)

SHAPES = [
    (0,), (1,), (12,), (5, 1), (10, 3), (7, 64, 64), (10, 64, 64, 3), (0, 64, 64, 3),
    (11, 3, 5, 7), (123, 10, 1, 1), (99999, 1), (1, 123456), (1, 1, 1, 1234567), (3, 0, 4),
]
# Lengths of the text on both sides of every step of the padding.
SHAPES += [(2, 10**k, 1) for k in range(6)] + [(1, 1, 10**k) for k in range(7)]
DTYPES = ["|u1", "<f4"]


def expected(shape, dtype):
    """What the tool writes: a byte pattern, and zeros in every fifth row."""
    row = int(np.prod(shape[1:], dtype=np.int64)) * dtype.itemsize
    at = 7 * np.arange(shape[0])[:, None] + 13 * np.arange(row)[None, :] + 1
    data = (at & 0xFF).astype(np.uint8)
    data[4::5] = 0
    return data.reshape(-1).view(dtype).reshape(shape) if data.size else np.zeros(shape, dtype)


def header_of(shape, dtype):
    """The header as numpy.save writes it for an array of this shape."""
    file = io.BytesIO()
    fields = np.lib.format.header_data_from_array_1_0(np.zeros((), dtype))
    fields["shape"] = shape
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue()


def check(tool, command, path, shape, dtype, want):
    subprocess.run([tool, command, path, dtype.str, str(dtype.itemsize)] + [str(n) for n in shape],
                   check=True)
    with open(path, "rb") as file:
        content = file.read()
    header = header_of(want.shape, dtype)
    assert content[:len(header)] == header, (content[:200], header)
    assert len(header) % 64 == 0 and len(content) == len(header) + want.nbytes
    loaded = np.load(path)
    assert loaded.dtype == dtype and loaded.shape == want.shape and loaded.flags.c_contiguous
    assert loaded.tobytes() == want.tobytes(), (command, shape, dtype)
    if want.size:
        mapped = np.load(path, mmap_mode="r")
        assert mapped.offset % 64 == 0 and mapped.tobytes() == want.tobytes()
    assert sorted(os.listdir(os.path.dirname(path))) == [os.path.basename(path)]
    os.remove(path)


def main():
    tool = sys.argv[1]
    # The tested header leaves room to grow, as NumPy does since 1.23.
    if len(header_of((1,) * 4, np.dtype("u1"))) != 128:
        print("skipped: this NumPy writes other headers")
        return 77
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.npy")
        for shape in SHAPES:
            for dtype in map(np.dtype, DTYPES):
                want = expected(shape, dtype)
                check(tool, "npy", path, shape, dtype, want)
                check(tool, "kept", path, shape, dtype, want[np.arange(shape[0]) % 3 != 0])
                count += 2
    print(f"{count} arrays equal")
    return 0


sys.exit(main())
