"""From an upload to its result, one step a line."""

import time
from types import MappingProxyType

from django.utils.translation import gettext_noop

from estimator import ImageError, MapView, draw_map, read_image, shrink
from poseweb import media, results
from poseweb.clips import pipeline as clip_pipeline
from poseweb.gait import pipeline as gait_pipeline
from poseweb.inference import get_estimator, installed_networks, options_of
from poseweb.lease import Lease
from poseweb.models import Claim, Job, Upload

MAP_SIDE = 1600  # pixels; a map has no more to show
GONE = gettext_noop("The photo's file is gone from the server. Upload it again.")


def run(claim: Claim, lease: Lease) -> bool:
    """Do what a claimed job asks for.

    Args:
        claim: the job, and the attempt that this is.
        lease: on it; checked between the steps, raises when the work is not wanted any more.

    Returns:
        Whether the result counts; not where the claim was lost.

    Raises:
        ImageError, VideoError: the photo or the clip is at fault.
        NetworkError: the network cannot be loaded.
    """
    job = Job.objects.select_related("upload").get(pk=claim.job_id)
    return RECIPES[Job.Kind(job.kind)](job, claim, lease)


def _find_poses(job: Job, claim: Claim, lease: Lease) -> bool:
    started = time.perf_counter()
    estimator = get_estimator(job.network, options_of(job.options))
    image = read_image(_bytes_of(job.upload))
    lease.check()
    estimate = estimator.estimate(image)
    lease.check()
    return results.save(claim, image, estimator, estimate, started)


def _draw_map(job: Job, claim: Claim, lease: Lease) -> bool:
    estimator = get_estimator(job.network, options_of(job.options))
    image = shrink(read_image(_bytes_of(job.upload)), MAP_SIDE)
    lease.check()
    maps, blob = estimator.maps(image, job.options["stage"])
    view = MapView.parse(job.options["view"], estimator.network.skeleton)
    lease.check()
    return results.save_map(claim, draw_map(image, maps, blob, view, alone=job.options["alone"]))


RECIPES = MappingProxyType(
    {
        Job.Kind.POSES: _find_poses,
        Job.Kind.MAP: _draw_map,
        Job.Kind.CLIP: clip_pipeline.find_poses,
        Job.Kind.GAIT: gait_pipeline.find_gait,
    }
)


def _bytes_of(upload: Upload) -> bytes:
    try:
        with media.open(upload.file) as file:
            return file.read()
    except FileNotFoundError:
        raise ImageError(GONE, "file_missing") from None


def announce(queue: str) -> None:
    """Write down that this worker of that queue lives, and which networks it can run."""
    networks = installed_networks()
    results.announce_networks(networks)
    results.announce_worker(networks, queue)
