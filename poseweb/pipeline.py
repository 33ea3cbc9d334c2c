"""From an upload to its result, one step a line."""

import time
from collections.abc import Callable
from types import MappingProxyType

from estimator import ImageError, MapView, NetResolution, Options, draw_map, read_image, shrink
from poseweb import media, results
from poseweb.inference import get_estimator, installed_networks
from poseweb.models import Claim, Job, Upload
from poseweb.wishes import Wishes

MAP_SIDE = 1600  # pixels; a map has no more to show


def run(claim: Claim, check: Callable[[], None]) -> bool:
    """Do what a claimed job asks for.

    Args:
        claim: the job, and the attempt that this is.
        check: called between the steps; raises when the work is not wanted any more.

    Returns:
        Whether the result counts; not where the claim was lost.

    Raises:
        ImageError: the photo is at fault.
        NetworkError: the network cannot be loaded.
    """
    job = Job.objects.select_related("upload").get(pk=claim.job_id)
    return RECIPES[Job.Kind(job.kind)](job, claim, check)


def _find_poses(job: Job, claim: Claim, check: Callable[[], None]) -> bool:
    started = time.perf_counter()
    estimator = get_estimator(job.network, _options(job))
    image = read_image(_bytes_of(job.upload))
    check()
    estimate = estimator.estimate(image)
    check()
    return results.save(claim, image, estimator, estimate, started)


def _draw_map(job: Job, claim: Claim, check: Callable[[], None]) -> bool:
    estimator = get_estimator(job.network, _options(job))
    image = shrink(read_image(_bytes_of(job.upload)), MAP_SIDE)
    check()
    maps, blob = estimator.maps(image, job.options["stage"])
    view = MapView.parse(job.options["view"], estimator.network.skeleton)
    check()
    return results.save_map(claim, draw_map(image, maps, blob, view, alone=job.options["alone"]))


def _options(job: Job) -> Options:
    """What the job was asked for, in the estimator's words."""
    wishes = Wishes.kept(job.network, job.options)
    return Options(net_resolution=NetResolution.parse(wishes.resolution), single=wishes.single)


RECIPES = MappingProxyType({Job.Kind.POSES: _find_poses, Job.Kind.MAP: _draw_map})


def _bytes_of(upload: Upload) -> bytes:
    try:
        with media.open(upload.file) as file:
            return file.read()
    except FileNotFoundError:
        raise ImageError("The photo's file is gone from the server. Upload it again.", "file_missing") from None


def announce() -> None:
    """Write down that this worker lives, and which networks it can run."""
    networks = installed_networks()
    results.announce_networks(networks)
    results.announce_worker(networks)
