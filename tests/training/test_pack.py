"""pack.py: small pictures in parts, whose labels and masks still fit."""

import shutil

import cv2
import numpy as np

from tests.training.made_up import picture
from training import pack, pictures
from training.compose import read
from training.pictures import read_mask


def test_a_pack_is_laid_out_like_the_pictures_and_its_labels_fit(pictures_folder, tmp_path):
    root = shutil.copytree(pictures_folder, tmp_path / "root")
    found = pictures.find(root)
    large = next(p for p in found if p.labels is not None)
    cv2.imwrite(str(large.path), picture(0, 900, 640))
    parts = pack.pack(root, found, tmp_path / "packed", limit=12_000)
    assert len(parts) > 1
    for part in parts:
        assert sum(f.stat().st_size for f in part.rglob("*") if f.is_file()) <= 12_000
        shutil.copytree(part, tmp_path / "laid", dirs_exist_ok=True)
    small = pictures.find(tmp_path / "laid")
    assert [p.path.stem for p in small] == [p.path.stem for p in found]
    for before, after in zip(found, small, strict=True):
        scale = pack.LONGEST / 900 if before == large else 1
        height, width = read(after).shape[:2]
        assert (height, width) == ((320, 228) if before == large else (120, 90))
        assert before.held_out == after.held_out
        if before.labels is not None:
            np.testing.assert_allclose(after.labels[:, :2], before.labels[:, :2] * scale, rtol=1e-5)
        if before.mask:
            np.testing.assert_array_equal(read_mask(after.mask), read_mask(before.mask))
