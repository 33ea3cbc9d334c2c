"""python -m training [pack |] label | train | check | export | compare: one command a step. docs/training.md"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

from estimator import Thresholds
from training import card, check, compare, dataset, device, export, fit, label, pack, pictures, pool, scenes, train
from training.compose import SIZE, Composer
from training.teacher import Teacher

SIDES = ("train", "held-out")
CHECK = "check.json"

MakeBatches = Callable[[range], Iterable[dataset.Batch]]


def main(arguments: list[str] | None = None) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--device", default=device.best_device(), help="cpu or cuda; the best there is by default")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of torch on the CPU")
    commands = parser.add_subparsers(required=True, metavar="pack | label | train | check | export | compare")
    _add_pack(commands.add_parser("pack", help="shrink the pictures into parts that can travel"))
    _add_label(commands.add_parser("label", help="compose canvases and label them with the teacher's maps"))
    _add_train(commands.add_parser("train", help="train, or go on training"))
    _add_check(commands.add_parser("check", help="judge on held-out canvases and choose thresholds"))
    _add_export(commands.add_parser("export", help="write the ONNX file and its model card"))
    _add_compare(commands.add_parser("compare", help="judge exported files on held-out pictures"))
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    given.run(given)


def _add_pack(parser: argparse.ArgumentParser) -> None:
    _add_pictures(parser)
    parser.add_argument("--limit", type=int, default=40, help="MiB a part")
    parser.add_argument("out", type=Path, help="folder for part-1, part-2, …")
    parser.set_defaults(run=_pack)


def _pack(given: argparse.Namespace) -> None:
    found = pictures.find(given.pictures, given.exclude)
    for part in pack.pack(given.pictures, found, given.out, given.limit << 20):
        print(part)


def _add_label(parser: argparse.ArgumentParser) -> None:
    _add_side(parser)
    parser.add_argument("--side", choices=SIDES, default="train", help="side of the split")
    parser.add_argument("--shards", type=int, default=100, help="how many, of 256 canvases each")
    parser.add_argument("--processes", type=int, default=1)
    parser.set_defaults(run=_label)


def _label(given: argparse.Namespace) -> None:
    label.label(
        _side_of(given, given.side),
        given.teacher,
        given.canvases / given.side,
        range(given.shards),
        device=given.device,
        processes=given.processes,
    )


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_run(parser)
    parser.add_argument("--samples", type=int, required=True, help="in all, earlier sittings counted in")
    parser.add_argument("--start", type=Path, help="begin with the weights of this file (.onnx, .pt)")
    parser.add_argument("--batch", type=int, default=train.Plan.batch)
    parser.add_argument("--side", type=int, default=train.Plan.side, help="of the squares cut from canvases, pixels")
    parser.add_argument("--rate", type=float, default=train.Plan.rate)
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches")
    parser.add_argument("--teacher", type=Path, help="its ONNX file: without --start, begin as it, made thin")
    fresh = parser.add_argument_group(
        "for a GPU: train on canvases that are composed, and labelled by --teacher, meanwhile"
    )
    _add_pictures(fresh, required=False)
    parser.set_defaults(run=_train)


def _train(given: argparse.Namespace) -> None:
    plan = train.Plan(given.samples, batch=given.batch, side=given.side, rate=given.rate)
    run = train.Run(given.folder, plan, given.device)
    teacher = Teacher.load(given.teacher, run.device) if given.teacher else None
    batches = _batches(given, run, teacher)
    if not run.resume():
        _begin(run, given.start, teacher, batches)
    run.train(batches, dataset.Shards(given.canvases / "held-out"))


def _begin(run: train.Run, start: Path | None, teacher: Teacher | None, batches: MakeBatches) -> None:
    if start:
        run.start(start)
    elif teacher:
        steps = range(math.ceil(fit.PICTURES / run.plan.batch))
        run.begin(teacher, torch.cat([images for images, _ in batches(steps)]))
    else:
        raise SystemExit("a run begins with a --teacher or with a --start: name one")


def _batches(given: argparse.Namespace, run: train.Run, teacher: Teacher | None) -> MakeBatches:
    plan = run.plan
    if not given.pictures:
        shards = dataset.Shards(given.canvases / "train")
        return partial(dataset.loader, dataset.Batches(shards, plan.batch, plan.side, plan.seed), workers=given.workers)
    if not teacher or plan.side != SIZE:
        raise SystemExit("--pictures needs a --teacher, and canvases as they are: leave out --side")
    composer = Composer(_side_of(given, "train"))
    return partial(
        pool.batches, composer, teacher, size=plan.batch, seed=plan.seed, workers=given.workers, device=run.device
    )


def _side_of(given: argparse.Namespace, side: str) -> list[pictures.Picture]:
    """The pictures on that side of the split."""
    found = pictures.find(given.pictures, given.exclude)
    found = scenes.mark(found, given.teacher, given.canvases / "scenes.txt", given.device)
    return [picture for picture in found if picture.held_out == (side == "held-out")]


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_run(parser)
    parser.add_argument("--count", type=int, default=256, help="how many held-out canvases")
    parser.set_defaults(run=_check)


def _check(given: argparse.Namespace) -> None:
    run = train.resumed(given.folder, given.device)
    verdict = asdict(check.check(run, dataset.Shards(given.canvases / "held-out"), given.count))
    text = json.dumps(verdict | {"samples": run.samples}, indent=2)
    (given.folder / CHECK).write_text(text + "\n")
    print(text)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, help="of the run, checked")
    parser.add_argument("--name", default="poseweb")
    for key, about in card.SENTENCES.items():
        parser.add_argument(f"--{key}", default="not told.", help=f"a sentence for the card: {about}")
    parser.add_argument("file", type=Path, help="ONNX file to write; the card goes beside it")
    parser.set_defaults(run=_export)


def _export(given: argparse.Namespace) -> None:
    network = train.resumed(given.folder, "cpu").average
    verdict = json.loads((given.folder / CHECK).read_text())
    samples, thresholds = verdict.pop("samples"), Thresholds(**verdict.pop("thresholds"))
    judged = check.Check(**verdict, thresholds=thresholds)
    export.export(network, given.file, thresholds, given.name)
    sentences = {key: vars(given)[key] for key in card.SENTENCES}
    text = card.card(network, judged, name=given.name, samples=samples, **sentences)
    given.file.with_suffix(".md").write_text(text)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    _add_side(parser)
    parser.add_argument("files", type=Path, nargs="+", help="ONNX files of `export`")
    parser.set_defaults(run=_compare)


def _compare(given: argparse.Namespace) -> None:
    for comparison in compare.compare(given.files, given.teacher, _side_of(given, "held-out")):
        print(json.dumps(asdict(comparison)))


def _add_pictures(parser: argparse._ActionsContainer, *, required: bool = True) -> None:
    parser.add_argument("--pictures", type=Path, required=required, help="folder of the folders of sources.toml")
    parser.add_argument("--exclude", type=Path, help="folder of test pictures, which are never trained on")


def _add_side(parser: argparse.ArgumentParser) -> None:
    """What `_side_of` needs."""
    _add_pictures(parser)
    parser.add_argument("--teacher", type=Path, required=True, help="ONNX file of the teacher")
    parser.add_argument("--canvases", type=Path, required=True, help="folder of the shards, and of scenes.txt")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--canvases", type=Path, required=True, help="folder of shards that `label` wrote")
    parser.add_argument("--folder", type=Path, required=True, help="of the run: checkpoint, log, verdict")


if __name__ == "__main__":
    main()
