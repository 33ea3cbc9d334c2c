"""The measurements measure what they say. Never how long: only that the figures come out, and make sense."""

import json
import time

import numpy as np
import pytest

from estimator import bench
from estimator.cli import main
from estimator.decoding import decode
from estimator.options import Thresholds


def test_a_race_takes_turns_and_tells_slow_from_fast():
    turns = []
    variants = {
        "slow": lambda: (turns.append("slow"), time.sleep(0.02)),
        "fast": lambda: (turns.append("fast"), time.sleep(0.001)),
    }
    medians = bench.race(variants, rounds=3)
    assert turns == ["slow", "fast"] * 4
    assert medians.ratio("slow", "fast") > 2


@pytest.mark.parametrize(("people", "height"), [(0, 256), (1, 256), (6, 256), (20, 368)])
def test_the_crowd_that_decoding_is_measured_on_is_found_by_both_decodes(people, height):
    maps = bench.crowd_maps(people, height)
    assert len(decode(maps, Thresholds())) == people
    assert len(decode(bench.upsampled(maps), Thresholds())) == people


def test_upsampled_maps_lie_where_the_small_ones_did():
    maps = bench.crowd_maps(1, 256)
    (small,), (large,) = decode(maps, Thresholds()), decode(bench.upsampled(maps), Thresholds())
    assert np.abs(small.keypoints[:, :2] - large.keypoints[:, :2]).max() < 1.5


def test_the_command_prints_a_table_and_one_json_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("POSEWEB_DATA", str(tmp_path))
    assert main(["bench", "--rounds", "1"]) == 0
    *table, line = capsys.readouterr().out.splitlines()
    assert any(row.startswith("decode, 20 people") for row in table)
    figures = json.loads(line)
    assert set(figures) == {
        "forward_ms", "forward_vs_cv2", "decode_ms", "decode_vs_upsampled", "end_to_end_vs_forward", "int8_vs_float",
        "peak_rss_mb",
    }  # fmt: skip
    assert figures["int8_vs_float"] is None  # the INT8 network is not installed
    assert all(value > 0 for value in figures.values() if value is not None)
