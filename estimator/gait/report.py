"""Tracks → the gait report: what the person does, and every value with its ±, or the reason why there is none."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from estimator.gait.activity import Activity, camera_moves, classify
from estimator.gait.behind import events_from_behind
from estimator.gait.events import Events, find_events, ground_slope
from estimator.gait.parameters import Stride, Strides, rear_widths, side_angles, strides_of, timing
from estimator.gait.signals import ANGLE_HZ, CONTACT_HZ, EVENT_HZ, SIDES, Array, Signals, cleaned, signals
from estimator.gait.values import KINDS, Clip, Kind, Value, asymmetry, measure, missing, none_because
from estimator.gait.view import REAR_ABOVE, SIDE_BELOW, VIEWS, choose_runner, measure_view
from estimator.pose import PoseSequence

LEG_OF_HEIGHT = 0.491  # hip to ankle (Winter, "Biomechanics and Motor Control of Human Movement", figure 4.1)
LEAST_SECONDS = 1.0
STEEPEST = np.radians(10)  # a ground steeper than this in the picture was not seen for what it is
MARGIN = 0.05  # of the measured width, before a view that the user names is refused

SEEN = {
    "running": "This is running.",
    "walking": "This looks like walking: gait values are for running.",
    "cycling": "This looks like cycling: the hips rest while the feet go round.",
    "standing": "The person stands: no steps.",
    "unclear": "No regular steps were found.",
}


@dataclass(frozen=True)
class GaitOptions:
    """What the person who films knows better.

    Attributes:
        view: "side" or "rear"; None measures it.
        slow_motion: how many times slower than life the clip plays.
        height_m: of the runner, for values in metres.
        track: id of the runner's track; None chooses.

    Raises:
        ValueError: a value that cannot be.
    """

    view: str | None = None
    slow_motion: float = 1.0
    height_m: float | None = None
    track: int | None = None

    def __post_init__(self) -> None:
        if self.view not in (None, *VIEWS):
            raise ValueError(f"view is {' or '.join(VIEWS)}, not {self.view!r}")
        if not 0 < self.slow_motion <= 100:
            raise ValueError("slow_motion is above 0, up to 100")
        if self.height_m is not None and not 0.5 <= self.height_m <= 2.6:
            raise ValueError("height_m is 0.5 to 2.6")


@dataclass(frozen=True, eq=False)
class GaitReport:
    """Everything that can honestly be said about a clip.

    Attributes:
        activity: "running", "walking", "cycling", "standing" or "unclear".
        summary: the same as a sentence.
        track: id of the runner's track; None where nobody was found.
        view: "side" or "rear" as used; view_measured and shoulder_ratio as seen.
        fps: frames a second of real time.
        values: by name, in the order of KINDS; for anything but running all are none.
        contacts, toe_offs: side → times in seconds of the clip as it plays, for the timeline.
        strides: the strides that count, in real seconds.
        movement: the levelled movement at ANGLE_HZ, for charts; None where there is none.
    """

    activity: str
    summary: str
    track: int | None
    view: str
    view_measured: str
    shoulder_ratio: float
    fps: float
    values: dict[str, Value]
    contacts: dict[str, Array]
    toe_offs: dict[str, Array]
    strides: dict[str, tuple[Stride, ...]] = field(default_factory=dict)
    movement: Signals | None = None

    def to_json(self) -> dict[str, Any]:
        """For `json.dumps`: everything but the movement."""
        return {
            "activity": self.activity,
            "summary": self.summary,
            "track": self.track,
            "view": self.view,
            "view_measured": self.view_measured,
            "fps": round(self.fps, 2),
            "strides": {side: len(self.strides.get(side, ())) for side in SIDES},
            "values": {name: _rounded(asdict(value)) for name, value in self.values.items()},
            "contacts_s": {side: np.round(times, 4).tolist() for side, times in self.contacts.items()},
            "toe_offs_s": {
                side: [None if np.isnan(t) else round(t, 4) for t in times.tolist()]
                for side, times in self.toe_offs.items()
            },
        }


def _rounded(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _rounded(value) for name, value in found.items()}
    return round(found, 4) if isinstance(found, float) else found


def read_gait(tracks: Sequence[PoseSequence], options: GaitOptions | None = None) -> GaitReport:
    """The gait report of a clip.

    Args:
        tracks: raw, as `link` returns them.
        options: what the user knows better.

    Raises:
        ValueError: `options.track` is not among the tracks.
    """
    options = options or GaitOptions()
    runner = _runner(tracks, options)
    if runner is None or len(runner.times_s) < 2 or runner.times_s[-1] - runner.times_s[0] < LEAST_SECONDS:
        return _nothing(runner, "Nobody is seen for long enough.")
    measured, ratio = measure_view(runner)
    view = options.view or ("rear" if measured in ("rear", "front") else "side")
    sequence = cleaned(runner, options.slow_motion)
    quick = signals(sequence, EVENT_HZ)
    if not np.isfinite(quick.leg_px) or not np.isfinite(quick.trunk_px):
        return _nothing(runner, "The legs are not in the picture.")
    events, slope = _level_events(quick) if view == "side" else (_from_behind(sequence, quick.forward), 0.0)
    activity = classify(quick.levelled(slope), events, rear=view == "rear")
    strides = strides_of(events)
    view_trouble = _view_trouble(options.view, measured, ratio)
    trouble = _trouble(activity, view_trouble, strides)
    shaky = camera_moves(quick, events.period_s)
    leg_m = None if options.height_m is None else LEG_OF_HEIGHT * options.height_m
    clip = Clip(view, quick.fps, quick.has_feet, leg_m, trouble, shaky)
    slow, sharp = (signals(sequence, hz, quick.forward).levelled(slope) for hz in (ANGLE_HZ, CONTACT_HZ))
    play = options.slow_motion
    return GaitReport(
        activity.kind,
        view_trouble if options.view and view_trouble else SEEN[activity.kind],
        runner.track,
        view,
        measured,
        ratio,
        quick.fps,
        _values(clip, slow, sharp, strides),
        {side: events.contacts[side] * play for side in SIDES},
        {side: events.toe_offs[side] * play for side in SIDES},
        strides,
        slow,
    )


def _runner(tracks: Sequence[PoseSequence], options: GaitOptions) -> PoseSequence | None:
    if options.track is None:
        return choose_runner(tracks)
    for track in tracks:
        if track.track == options.track:
            return track
    raise ValueError(f"there is no track {options.track}")


def _nothing(runner: PoseSequence | None, why: str) -> GaitReport:
    values = {kind.name: none_because(kind, why) for kind in KINDS}
    empty = {side: np.zeros(0) for side in SIDES}
    track = None if runner is None else runner.track
    return GaitReport("unclear", why, track, "side", "oblique", float("nan"), 0.0, values, empty, empty)


def _level_events(quick: Signals) -> tuple[Events, float]:
    """Events after the ground was turned level, and its slope before."""
    events = find_events(quick)
    slope = ground_slope(quick, events)
    if slope == 0 or abs(slope) > STEEPEST:
        return events, 0.0
    return find_events(quick.levelled(slope)), slope


def _from_behind(sequence: PoseSequence, forward: int) -> Events:
    return events_from_behind(signals(sequence, ANGLE_HZ, forward))


def _view_trouble(claimed: str | None, measured: str, ratio: float) -> str:
    """A sentence where the camera does not stand as values need it."""
    if claimed is None and measured == "oblique":
        return "The camera looks at an angle: film straight from the side or from behind."
    if claimed is None and measured == "front":
        return "The runner is seen from the front: film from the side or from behind."
    if claimed == "side" and ratio > REAR_ABOVE + MARGIN:
        return "This is not a view from the side: the shoulders are as wide as from behind."
    if claimed == "rear" and ratio < SIDE_BELOW - MARGIN:
        return "This is not a view from behind: the shoulders are as narrow as from the side."
    return ""


def _trouble(activity: Activity, view: str, strides: dict[str, tuple[Stride, ...]]) -> str:
    """Why this clip gives no value at all, as a sentence; empty where it does."""
    if view:
        return view
    if activity.kind != "running":
        return SEEN[activity.kind]
    if not any(strides.values()):
        return "No stride lasts 0.5 to 1.1 s: is this slow motion? Then say by which factor."
    return ""


def _values(clip: Clip, slow: Signals, sharp: Signals, strides: dict[str, tuple[Stride, ...]]) -> dict[str, Value]:
    numbers: Strides = timing(strides)
    numbers |= side_angles(slow, sharp, strides) if clip.view == "side" else rear_widths(slow, strides)
    return {kind.name: _value(kind, clip, numbers) for kind in KINDS}


def _value(kind: Kind, clip: Clip, numbers: Strides) -> Value:
    reason = missing(kind, clip)
    if reason:
        return none_because(kind, reason)
    if kind.name.endswith("_asymmetry_pct"):
        return asymmetry(kind, clip, numbers[kind.name.replace("asymmetry_pct", "time_s")])
    if kind.unit == "m" and clip.leg_m is not None:
        ratios = numbers[kind.name.replace("_m", "_ratio")]
        return measure(kind, clip, {side: ratios[side] * clip.leg_m for side in SIDES})
    return measure(kind, clip, numbers[kind.name])
