"""`manage.py evaluate_reviewed`: how right each network was on the photos that people have reviewed.

The truth is what people vouch for. Where they started from a network's own answer and moved little, that network is
judged kindly; `corrected` says on how many of its photos that was so.
"""

import json
from argparse import ArgumentParser
from math import inf
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from poseweb import results
from poseweb.models import Result
from poseweb.review import reviewed_set

NOTHING = "Nobody is in a reviewed photo yet: open photos under Review, correct and accept them."


class Command(BaseCommand):
    help = "Judge every network's stored answers by the reviewed photos: COCO AP and AR, as one line of JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--save", type=Path, metavar="FILE.zip", help="keep the reviewed photos, as COCO data")
        parser.add_argument("--resamples", type=int, default=200, help="for the 95 %% interval; by default 200")

    def handle(self, *_: Any, save: Path | None, resamples: int, **__: Any) -> None:
        photos = reviewed_set.photos(Result.objects.all())
        truth = results.labelled(photos)
        if not truth["annotations"]:
            raise CommandError(NOTHING)
        if save:
            with save.open("wb") as file, reviewed_set.pack(photos, most_bytes=inf) as archive:
                file.writelines(archive)
        answers = reviewed_set.answers_of(photos)
        progress = tqdm(answers.items(), unit="network", leave=False)
        verdicts = {network: _judged(truth, found, photos, resamples) for network, found in progress}
        summary = {"photos": len(photos), "people": len(truth["annotations"]), "networks": verdicts}
        self.stdout.write(json.dumps(summary))


def _judged(
    truth: dict[str, Any], found: dict[str, Result], photos: dict[str, Result], resamples: int
) -> dict[str, float | int | None]:
    """The verdict on one network; `corrected` says on how many photos the truth started from its own answer."""
    from estimator.evaluation import judge_answers  # noqa: PLC0415  only those who measure have pycocotools

    frames = {name: results.network_frame_of(result) for name, result in found.items()}
    ap, ap50, ar, low, high = (round(value, 4) for value in judge_answers(truth, frames, resamples))
    own = sum(photos[name].network == result.network for name, result in found.items())
    return {"ap": ap, "ap50": ap50, "ar": ar, "ap_low": low, "ap_high": high, "photos": len(found), "corrected": own}
