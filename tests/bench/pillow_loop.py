"""The loop that `pixscale run` stands in for: Pillow, one picture after the other, one array at the end.

Usage: pillow_loop.py LIST OUT.npy bicubic|nearest|draft [PROCESSES]

bicubic is what Pillow does unasked; nearest is what it did unasked before 7.0; draft lets libjpeg
decode at a fraction of the size, at least that of the output. More than one process is the usual way
to use more cores from Python: a ProcessPoolExecutor, whose chunks are made larger than its default
of one picture, to its advantage.
"""
import concurrent.futures
import functools
import sys

import numpy as np
from PIL import Image

SIZE = (64, 64)


def load(how, path):
    picture = Image.open(path)
    if how == "draft":
        picture.draft("RGB", SIZE)
    picture = picture.convert("RGB")
    if how == "nearest":
        return np.asarray(picture.resize(SIZE, Image.NEAREST))
    return np.asarray(picture.resize(SIZE, Image.BICUBIC))


def main():
    listing, out, how = sys.argv[1:4]
    with open(listing, encoding="utf-8") as stream:
        paths = stream.read().splitlines()
    processes = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    if processes == 1:
        rows = [load(how, path) for path in paths]
    else:
        with concurrent.futures.ProcessPoolExecutor(processes) as pool:
            rows = list(pool.map(functools.partial(load, how), paths, chunksize=8))
    np.save(out, np.stack(rows))


if __name__ == "__main__":
    main()
