"""The command line: `python -m estimator PHOTO…`, and the commands of this folder's other files."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from estimator.cli import bench, evaluate, gait, models, photos, video
from estimator.errors import EstimatorError

Add = Callable[[argparse.ArgumentParser], None]

COMMANDS: Mapping[str, tuple[str, Add]] = MappingProxyType(
    {
        "photos": ("estimate photos; the word may be left out", photos.add),
        "models": ("list, install and verify networks", models.add),
        "evaluate": ("COCO accuracy over labelled pictures", evaluate.add),
        "video": ("estimate a video; the word may be left out", video.add),
        "gait": ("a gait report from a video of a runner", gait.add),
        "bench": ("what it costs on this machine", bench.add),
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 where something failed, said on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in (*COMMANDS, "-h", "--help"):
        given.insert(0, "video" if video.is_video(given) else "photos")
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
    description = "Find people's keypoints with an OpenPose network."
    parser = argparse.ArgumentParser(prog="python -m estimator", description=description)
    commands = parser.add_subparsers(required=True, metavar=f"PHOTO… | {' | '.join(list(COMMANDS)[1:])}")
    for name, (help_line, add) in COMMANDS.items():
        add(commands.add_parser(name, help=help_line))
    return parser
