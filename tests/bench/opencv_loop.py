"""OpenCV, one picture after the other on one thread, one array at the end.

Usage: opencv_loop.py LIST OUT.npy full|reduced

reduced lets libjpeg decode at half the size. Pixels are averaged over areas, which is what OpenCV's
manual advises for shrinking, and given the order RGB.
"""
import sys

import cv2
import numpy as np


def main():
    listing, out, how = sys.argv[1:4]
    cv2.setNumThreads(1)
    flag = cv2.IMREAD_REDUCED_COLOR_2 if how == "reduced" else cv2.IMREAD_COLOR
    with open(listing, encoding="utf-8") as stream:
        paths = stream.read().splitlines()
    rows = []
    for path in paths:
        small = cv2.resize(cv2.imread(path, flag), (64, 64), interpolation=cv2.INTER_AREA)
        rows.append(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))
    np.save(out, np.stack(rows))


if __name__ == "__main__":
    main()
