"""`python -m estimator VIDEO`: annotated MP4 and OpenPose JSON, a file a frame, with track ids."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from estimator.cli.networks import add_network, open_estimator
from estimator.clip import Chunk, annotate, estimate_chunks, join
from estimator.export import clip_to_openpose
from estimator.pose import PoseSequence
from estimator.tracking import link
from estimator.video import probe

SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi"})


def is_video(arguments: Sequence[str]) -> bool:
    """Whether a command line without a command's word is meant for this one."""
    return bool(arguments) and (arguments[0] == "--video" or Path(arguments[0]).suffix.lower() in SUFFIXES)


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("clip", type=Path, metavar="VIDEO")
    add_network(parser)
    parser.add_argument("--video", type=Path, help="annotated MP4")
    parser.add_argument("--json", type=Path, help="folder for OpenPose JSON, one file a frame")
    parser.add_argument("--every", type=int, default=1, help="estimate every n-th frame")
    parser.set_defaults(run=_run_video)


def estimate_clip(parsed: argparse.Namespace) -> tuple[Chunk, tuple[PoseSequence, ...]]:
    """Everyone in the clip that `parsed` names, raw and linked, with a progress bar."""
    estimator = open_estimator(parsed)
    with tqdm(total=probe(parsed.clip).frames, unit="frame") as progress:
        chunks = estimate_chunks(
            parsed.clip,
            estimator,
            every=parsed.every,
            on_frame=lambda index: progress.update(index - progress.n),
        )
        clip = join(chunks)
    return clip, link(clip.frames, clip.times_s)


def _run_video(parsed: argparse.Namespace) -> int:
    clip, tracks = estimate_clip(parsed)
    if parsed.json:
        write_json(parsed.json, parsed.clip.stem, clip, tracks)
    if parsed.video:
        parsed.video.parent.mkdir(parents=True, exist_ok=True)
        annotate(parsed.clip, parsed.video, clip, tracks)
    network = f"{clip.ms_network:.0f} ms a frame in the network"
    print(f"{parsed.clip}: {len(clip.frames)} frames, {len(tracks)} tracks, {network}")
    return 0


def write_json(folder: Path, stem: str, clip: Chunk, tracks: tuple[PoseSequence, ...]) -> None:
    """OpenPose's `--write_json`: {stem}_{index:012}_keypoints.json, raw keypoints, the track's id as person_id."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in clip_to_openpose(clip, tracks, stem):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
