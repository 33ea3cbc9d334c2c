"""Make the arrays with which the tests compare our Caffe converter to OpenCV 4 where there is none.

    python -m bench.make_caffe_golden OPENCV4_PYTHON tests/estimator/golden

Every prototxt of the folder gets a caffemodel with random weights beside it, and a .npz with an image and what
OpenCV 4 makes of it: one array a blob of maps.
"""

import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.caffe_agreement import by_opencv4
from bench.random_caffemodel import random_caffemodel


def main(python: str, folder: str) -> None:
    """Write the golden files of every prototxt in a folder."""
    for prototxt in sorted(Path(folder).glob("*.prototxt")):
        blobs = sorted(set(re.findall(r"(?:conv5_5_CPM|Mconv7_stage\d)_L[12]", prototxt.read_text())))
        image = np.random.default_rng(0).random((1, 3, 37, 29), np.float32)
        weights = random_caffemodel(prototxt)
        prototxt.with_suffix(".caffemodel").write_bytes(weights)
        with tempfile.TemporaryDirectory() as scratch:
            caffemodel = Path(scratch) / "random.caffemodel"
            caffemodel.write_bytes(weights)
            maps = by_opencv4(python, prototxt, caffemodel, image, blobs)
        np.savez_compressed(prototxt.with_suffix(".npz"), image=image, **{blob: maps[blob] for blob in blobs})


if __name__ == "__main__":
    main(*sys.argv[1:])
