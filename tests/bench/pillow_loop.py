"""The loop that `pixscale run` stands in for: Pillow, one picture after the other, one array at the end.

Usage: pillow_loop.py LIST OUT.npy [PROCESSES]
"""
import multiprocessing
import sys

import numpy as np
from PIL import Image


def load(path):
    return np.asarray(Image.open(path).convert("RGB").resize((64, 64)))


def main():
    paths = open(sys.argv[1]).read().split("\n")
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    if processes == 1:
        rows = [load(path) for path in paths]
    else:
        with multiprocessing.Pool(processes) as pool:
            rows = pool.map(load, paths, chunksize=8)
    np.save(sys.argv[2], np.stack(rows))


if __name__ == "__main__":
    main()
