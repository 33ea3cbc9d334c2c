"""The command line: `python -m estimator PHOTO…`, `… models …`, `… evaluate …`."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from estimator.errors import EstimatorError
from estimator.estimator import Estimate, PoseEstimator
from estimator.formats import KEYPOINT_SCALES, to_openpose
from estimator.images import Picture, read_image, write_image
from estimator.network.zoo import Zoo
from estimator.options import Options
from estimator.preprocess import NetResolution
from estimator.rendering import RENDER_THRESHOLD, MapView, draw_map, draw_poses

COMMANDS = "models", "evaluate"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 where something failed, said on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in (*COMMANDS, "-h", "--help"):
        given.insert(0, "photos")
    parsed = _parser().parse_args(given)
    run: Callable[[argparse.Namespace], int] = parsed.run
    try:
        return run(parsed)
    except EstimatorError as error:
        return _fail(error.user_message)
    except ValueError as error:  # an option out of its range says so
        return _fail(f"{error}.")
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}.")


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m estimator", description="Find people's keypoints with an OpenPose network."
    )
    commands = parser.add_subparsers(required=True, metavar="PHOTO… | models | evaluate")
    _add_photos(commands.add_parser("photos", help="estimate photos; the word may be left out"))
    _add_models(commands.add_parser("models", help="list, install and verify networks"))
    _add_evaluate(commands.add_parser("evaluate", help="COCO accuracy over labelled pictures"))
    return parser


def _add_photos(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--network", help="a network of `models list`; by default the most accurate one installed")
    parser.add_argument("--json", type=Path, help="OpenPose JSON; a folder where there are several photos")
    parser.add_argument("--image", type=Path, help="annotated picture; a folder where there are several photos")
    parser.add_argument("--show", metavar="MAP", help="draw a map instead of poses: confidence[:KEYPOINT], paf[:LIMB]")
    parser.add_argument("--stage", type=int, help="stage of the map shown, from 1; by default the last")
    parser.add_argument("--alone", action="store_true", help="the map without the picture behind it")
    _add_options(parser)
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


def _add_models(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="list | install | verify")
    verbs.add_parser("list", help="every network, most accurate first").set_defaults(run=_run_list)
    install = verbs.add_parser("install", help="download or copy, convert and check a network")
    install.add_argument("name")
    install.add_argument("--from", dest="source", type=Path, metavar="DIR", help="folder with the published files")
    install.add_argument("--accept-licence", action="store_true", help="you have read and accept the network's licence")
    install.set_defaults(run=_run_install)
    verbs.add_parser("verify", help="check every installed file").set_defaults(run=_run_verify)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--annotations", type=Path, required=True, help="COCO person keypoints, JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--network", help="a network of `models list`; by default the most accurate one installed")
    parser.set_defaults(run=_run_evaluate)


def _zoo(source: Path | None = None) -> Zoo:
    """The networks under POSEWEB_DATA (default: var), installed from POSEWEB_MODEL_SOURCE where that is set."""
    configured = os.environ.get("POSEWEB_MODEL_SOURCE")
    folder = Path(os.environ.get("POSEWEB_DATA", "var")) / "networks"
    return Zoo(folder, source or (Path(configured) if configured else None))


def _estimator(parsed: argparse.Namespace, options: Options | None = None) -> PoseEstimator:
    zoo = _zoo()
    return PoseEstimator.load(zoo, parsed.network or zoo.best().name, options)


def _run_photos(parsed: argparse.Namespace) -> int:
    estimator = _estimator(parsed, _options(parsed))
    view = MapView.parse(parsed.show, estimator.network.skeleton) if parsed.show else None
    failures = 0
    for photo in tqdm(parsed.photos, unit="photo", disable=len(parsed.photos) == 1):
        try:
            image = read_image(photo.read_bytes())
            estimate = estimator.estimate(image)
            _write_json(parsed, photo, estimate)
            if parsed.image:
                _write_image(parsed, photo, _drawn(parsed, estimator, image, estimate, view))
            people = len(estimate.frame.poses)
            tqdm.write(f"{photo}: {people} {'person' if people == 1 else 'people'}, {estimate.ms_network:.0f} ms")
        except EstimatorError as error:
            failures += 1
            tqdm.write(f"{photo}: {error.user_message}", file=sys.stderr)
    return min(failures, 1)


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


def _write_image(parsed: argparse.Namespace, photo: Path, drawn: Picture) -> None:
    target = _target(parsed, parsed.image, f"{photo.stem}_rendered.jpg")
    kind = "PNG" if target.suffix.lower() == ".png" else "JPEG"
    target.write_bytes(write_image(drawn, kind))


def _target(parsed: argparse.Namespace, asked: Path, name: str) -> Path:
    """The file asked for; for several photos, one file each (OpenPose's names) in the folder asked for."""
    several = len(parsed.photos) > 1
    folder = asked if several else asked.parent
    folder.mkdir(parents=True, exist_ok=True)
    return asked / name if several else asked


def _run_list(_: argparse.Namespace) -> int:
    zoo = _zoo()
    installed = zoo.installed()
    for entry in zoo.entries:
        state = "installed" if entry in installed else "available"
        accuracy = "not measured" if entry.ap is None else f"AP {entry.ap:.3f}"
        print(f"{entry.name:32} {state:10} {accuracy:13} {entry.gflops:6.1f} GFLOP  {entry.licence}")
        print(f"{'':32} {entry.summary}")
    return 0


def _run_install(parsed: argparse.Namespace) -> int:
    file = _zoo(parsed.source).install(parsed.name, accept_licence=parsed.accept_licence, progress=True)
    print(f"Installed {file}")
    return 0


def _run_verify(_: argparse.Namespace) -> int:
    zoo = _zoo()
    for entry in zoo.installed():
        PoseEstimator.load(zoo, entry.name)
        print(f"{entry.name}: the checksum fits and the network loads.")
    return 0


def _run_evaluate(parsed: argparse.Namespace) -> int:
    # Only those who measure have pycocotools.
    from estimator.evaluation import evaluate  # noqa: PLC0415

    estimator = _estimator(parsed)
    accuracy = evaluate(
        estimator, parsed.annotations, parsed.images, lambda ids: tqdm(list(ids), unit="picture", leave=False)
    )
    print(json.dumps({"network": estimator.network.name, **asdict(accuracy)}))
    return 0
