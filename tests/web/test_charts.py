"""Where the lines of a chart lie."""

import re

import pytest

from poseweb.gait.charts import Curve, draw

FLAT = [0.0] * 101


def curve(middle, low=None, high=None, side="left", clip=""):
    return Curve(side, clip, low or middle, middle, high or middle, 12)


def places(path):
    return [tuple(float(number) for number in pair.split(",")) for pair in re.findall(r"[-\d.]+,[-\d.]+", path)]


def test_a_line_runs_from_0_to_100_percent_between_the_ticks():
    chart = draw("knee", "Knee", "°", [curve([float(i) for i in range(101)])])
    points = places(chart.lines[0].path)
    assert (points[0][0], points[-1][0]) == (chart.left, chart.right)
    heights = {float(tick.label): tick.place for tick in chart.up}
    assert points[0][1] == heights[0]
    assert points[100][1] == pytest.approx(heights[100], abs=0.1)
    assert chart.top <= min(y for _, y in points) <= max(y for _, y in points) <= chart.bottom


def test_a_band_goes_there_above_and_comes_back_below():
    chart = draw("knee", "Knee", "°", [curve([2.0] * 101, [1.0] * 101, [3.0] * 101)])
    band = places(chart.lines[0].band)
    assert len(band) == 202
    assert band[0][1] < places(chart.lines[0].path)[0][1] < band[-1][1]


@pytest.mark.parametrize("middle", [FLAT, [5.0] * 101, [-3.0, *[4.0] * 100], [1e-5 * i for i in range(101)]])
def test_every_curve_finds_round_numbers(middle):
    chart = draw("hips", "Hips", "%", [curve(middle)])
    assert 2 <= len(chart.up) <= 12
    assert len({tick.label for tick in chart.up}) == len(chart.up)


def test_in_words_and_in_numbers():
    chart = draw("knee", "Knee", "°", [curve([0.0, *[9.0] * 100]), curve(FLAT, side="right", clip="b")])
    assert chart.description.startswith("Left: lowest 0.0 ° at 0 % of the stride, highest 9.0 ° at 1 %, 12 strides.")
    assert chart.rows[1] == (10, ("9.0 (9.0 to 9.0)", "0.0 (0.0 to 0.0)"))
    assert [line.label for line in chart.lines] == ["Left", "Right, clip B"]
