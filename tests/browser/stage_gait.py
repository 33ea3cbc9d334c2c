"""Puts a finished clip of a synthetic runner and its report into the running site: python -m … NAME SEED [rear].

As tests/web/clips.py does it, but with a film that a browser plays. Prints the ids of clip and report.
"""

import json
import sys

import django
import numpy as np

django.setup()

from estimator import draw_poses, write_image  # noqa: E402
from estimator.video import VideoFrame, write_video  # noqa: E402
from poseweb import media  # noqa: E402
from poseweb.accounts.quickstart import local_user  # noqa: E402
from tests.web import clips  # noqa: E402

SMALL = (360, 640, 3)


def film(poses):
    """The poses, drawn small on grey."""
    for row in range(len(poses.frames)):
        picture = draw_poses(np.full((720, 1280, 3), 60, np.uint8), poses.frames[row])
        yield VideoFrame(row, float(poses.times_s[row]), np.ascontiguousarray(picture[::2, ::2]))


def stage(name, seed, *, rear):
    poses = clips.run(seed, rear=rear)
    clip = clips.clip(local_user(), poses, name)
    result = clip.clip
    with media.writing(result.plain) as path:
        write_video(path, film(poses), fps=60)
    for kind in ("annotated", "poster", "thumbnail"):
        with media.open(result.plain) as file:
            media.write(getattr(result, kind), file.read() if kind == "annotated" else still(poses))
    return {"clip": str(clip.pk), "report": str(clips.report(clip, height_m=1.78).pk)}


def still(poses):
    return write_image(draw_poses(np.full((720, 1280, 3), 60, np.uint8), poses.frames[0]))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(stage(sys.argv[1], int(sys.argv[2]), rear="rear" in sys.argv[3:])))
