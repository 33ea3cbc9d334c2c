"""The single-person way: the global maximum of each confidence map, no PAFs.

What the well-known OpenCV tutorials do with `cv2.minMaxLoc`; right only where there is one person.
"""

import numpy as np

from estimator.decoding.peaks import refine
from estimator.pose import Floats


def global_maxima(maps: Floats, threshold: float) -> Floats:
    """(K, H, W) float32 → (K, 3) float32 in cells: x, y, score 0..1; zeros below the threshold."""
    count, _, columns = maps.shape
    best = maps.reshape(count, -1).argmax(axis=1)
    row, column = np.divmod(best, columns)
    every = np.arange(count)
    score = np.minimum(maps[every, row, column], 1)
    array = np.column_stack([refine(maps, every, row, column), score])
    return np.asarray(np.where(score[:, None] > threshold, array, 0), dtype=np.float32)
