"""`python -m estimator PHOTO…`: estimate, write JSON, draw poses or maps."""

import argparse
import itertools
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from estimator.cli.networks import add_network, open_estimator
from estimator.errors import EstimatorError
from estimator.estimator import Estimate, PoseEstimator
from estimator.formats import KEYPOINT_SCALES, to_coco, to_csv, to_openpose
from estimator.images import Picture, read_image, write_image
from estimator.options import Options
from estimator.pose import PoseFrame
from estimator.preprocess import NetResolution
from estimator.rendering import RENDER_THRESHOLD, MapView, draw_map, draw_poses

IMAGE_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    add_network(parser)
    parser.add_argument("--json", type=Path, help="OpenPose JSON; a folder where there are several photos")
    parser.add_argument("--coco", type=Path, help="COCO keypoints of all the photos, in one file")
    parser.add_argument("--csv", type=Path, help="a line a keypoint of all the photos, in one file")
    parser.add_argument("--image", type=Path, help="annotated picture; a folder where there are several photos")
    parser.add_argument("--show", metavar="MAP", help="draw a map instead of poses: confidence[:KEYPOINT], paf[:LIMB]")
    parser.add_argument("--stage", type=int, help="stage of the map shown, from 1; by default the last")
    parser.add_argument("--alone", action="store_true", help="the map without the picture behind it")
    parser.add_argument("--batch", type=int, default=1, help="photos of one size in one forward pass; pays on a GPU")
    _add_options(parser)
    parser._negative_number_matcher = re.compile(r"-\d")  # -1x368 and -1..1 are values, no options
    parser.set_defaults(run=_run_photos)


def _add_options(parser: argparse.ArgumentParser) -> None:
    """OpenPose's flags, by OpenPose's names."""
    add = parser.add_argument
    add("--single", action="store_true", help="one person: the maximum of each confidence map")
    add("--net_resolution", default="-1x368", help="WIDTHxHEIGHT that the network sees; -1x368: shorter side 368")
    add("--scale_number", type=int, default=1, help="sizes looked at, their maps averaged")
    add("--scale_gap", type=float, default=0.25, help="how much smaller each further size is")
    add("--number_people_max", type=int, default=-1, help="keep the best so many; -1: everyone")
    add("--keypoint_threshold", type=float, help="least value of a peak, 0..1; by default the network's own")
    add("--limb_threshold", type=float, help="least agreement with a PAF, 0..1; by default the network's own")
    add("--render_threshold", type=float, default=RENDER_THRESHOLD, help="draw keypoints from this score on")
    add("--keypoint_scale", choices=KEYPOINT_SCALES, default="pixels", help="of the JSON's x and y")


def _options(parsed: argparse.Namespace) -> Options:
    names = "scale_number", "scale_gap", "number_people_max", "keypoint_threshold", "limb_threshold", "single"
    given = {name: getattr(parsed, name) for name in names}
    return Options(net_resolution=NetResolution.parse(parsed.net_resolution), **given)


def _run_photos(parsed: argparse.Namespace) -> int:
    if parsed.image and len(parsed.photos) == 1:
        _image_format(parsed.image)  # before a network is loaded
    estimator = open_estimator(parsed, _options(parsed))
    view = MapView.parse(parsed.show, estimator.network.skeleton) if parsed.show else None
    frames: dict[str, PoseFrame] = {}
    with tqdm(total=len(parsed.photos), unit="photo", disable=len(parsed.photos) == 1) as bar:
        for group in _same_size(_readable(parsed.photos, bar), parsed.batch):
            estimates = estimator.estimate_batch([image for _, image in group])
            for (photo, image), estimate in zip(group, estimates, strict=True):
                _write_json(parsed, photo, estimate)
                if parsed.image:
                    _write_image(parsed, photo, _drawn(parsed, estimator, image, estimate, view))
                frames[str(photo)] = estimate.frame
                people = len(estimate.frame.poses)
                tqdm.write(f"{photo}: {people} {'person' if people == 1 else 'people'}, {estimate.ms_network:.0f} ms")
                bar.update()
    _write_tables(parsed, frames)
    return int(len(frames) < len(set(parsed.photos)))


def _readable(photos: Sequence[Path], bar: Any) -> Iterator[tuple[Path, Picture]]:
    """The photos and their pictures; one that cannot be read is said, and the others go on."""
    for photo in photos:
        try:
            yield photo, read_image(photo.read_bytes())
        except EstimatorError as error:
            tqdm.write(f"{photo}: {error.user_message}", file=sys.stderr)
            bar.update()


def _same_size(pictures: Iterable[tuple[Path, Picture]], most: int) -> Iterator[list[tuple[Path, Picture]]]:
    """Neighbours of one size, at most so many together."""
    for _, neighbours in itertools.groupby(pictures, key=lambda pair: pair[1].shape):
        while group := list(itertools.islice(neighbours, max(most, 1))):
            yield group


def _drawn(
    parsed: argparse.Namespace, estimator: PoseEstimator, image: Picture, estimate: Estimate, view: MapView | None
) -> Picture:
    if view is None:
        return draw_poses(image, estimate.frame, parsed.render_threshold)
    maps, blob = estimator.maps(image, parsed.stage)
    return draw_map(image, maps, blob, view, alone=parsed.alone)


def _write_json(parsed: argparse.Namespace, photo: Path, estimate: Estimate) -> None:
    if parsed.json:
        document = to_openpose(estimate.frame, parsed.keypoint_scale)
        _target(parsed, parsed.json, f"{photo.stem}_keypoints.json").write_text(json.dumps(document), encoding="utf-8")


def _write_tables(parsed: argparse.Namespace, frames: dict[str, PoseFrame]) -> None:
    """COCO and CSV hold every photo in one file."""
    if parsed.coco:
        parsed.coco.write_text(json.dumps(to_coco(frames)), encoding="utf-8")
    if parsed.csv:
        parsed.csv.write_text(to_csv(frames), encoding="utf-8")


def _write_image(parsed: argparse.Namespace, photo: Path, drawn: Picture) -> None:
    target = _target(parsed, parsed.image, f"{photo.stem}_rendered.jpg")
    target.write_bytes(write_image(drawn, _image_format(target)))


def _image_format(file: Path) -> str:
    try:
        return IMAGE_FORMATS[file.suffix.lower()]
    except KeyError:
        raise ValueError(f"--image {file}: end its name in {', '.join(IMAGE_FORMATS)}") from None


def _target(parsed: argparse.Namespace, asked: Path, name: str) -> Path:
    """The file asked for; for several photos, one file each (OpenPose's names) in the folder asked for."""
    several = len(parsed.photos) > 1
    folder = asked if several else asked.parent
    folder.mkdir(parents=True, exist_ok=True)
    return asked / name if several else asked
