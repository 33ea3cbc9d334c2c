"""A Caffe network's maps by OpenCV 4 itself; run by the Python of an environment that has it.

    python bench/opencv4_forward.py PROTOTXT CAFFEMODEL BLOB.npy MAPS.npz NAME…

Reads a blob (N, 3, H, W) float32 and writes one array a blob name, and the seconds that the forward pass took.
It imports nothing of ours: OpenCV 5, which we use, no longer reads Caffe, and the two cannot be installed together.
"""

import sys
import time

import cv2
import numpy as np


def main(prototxt: str, caffemodel: str, blob: str, target: str, *names: str) -> None:
    """Run the network twice, the first time to warm up, and store the maps."""
    net = cv2.dnn.readNetFromCaffe(prototxt, caffemodel)
    net.setInput(np.load(blob))
    net.forward(list(names))
    start = time.perf_counter()
    maps = net.forward(list(names))
    seconds = time.perf_counter() - start
    np.savez_compressed(target, **dict(zip(names, maps, strict=True)), seconds=seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
