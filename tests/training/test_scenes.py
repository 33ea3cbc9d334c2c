"""scenes.py: backgrounds with somebody on them are people as they come."""

import cv2
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from training import pictures, scenes


@pytest.fixture
def sees_people_where_it_is_bright(teacher_file, tmp_path):
    model = onnx.load(teacher_file)
    given = {"shift": 0, "w1": 1 / (3 * 9 * 9), "b1": 0, "w2": 0, "wh": 1 / 8}
    for tensor in model.graph.initializer:
        if tensor.name in given:
            tensor.CopyFrom(
                numpy_helper.from_array(np.full(tuple(tensor.dims), given[tensor.name], np.float32), tensor.name)
            )
    onnx.save(model, tmp_path / "bright.onnx")
    return tmp_path / "bright.onnx"


def test_backgrounds_with_somebody_on_them_are_scenes(sees_people_where_it_is_bright, tmp_path):
    levels = {"bright": 250, "dark": 20}
    for name, level in levels.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((60, 90, 3), level, np.uint8))
    found = [
        pictures.Picture(tmp_path / f"{name}.png", role, held_out=False)
        for name in levels
        for role in ("person", "background")
    ]
    listed = tmp_path / "canvases" / "scenes.txt"
    for _ in range(2):
        roles = [p.role for p in scenes.mark(found, sees_people_where_it_is_bright, listed, "cpu")]
        assert roles == ["person", "scene", "person", "background"]
        assert listed.read_text() == "bright\n"
        sees_people_where_it_is_bright.write_bytes(b"is not asked again")
