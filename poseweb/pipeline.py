"""From an upload to its result, one step a line."""

import time
from collections.abc import Callable

from estimator import ImageError, read_image
from poseweb import media, results
from poseweb.inference import get_estimator, installed_networks
from poseweb.models import Claim, Job, Upload


def run(claim: Claim, check: Callable[[], None]) -> bool:
    """Analyse the photo of a claimed job.

    Args:
        claim: the job, and the attempt that this is.
        check: called between the steps; raises when the work is not wanted any more.

    Returns:
        Whether the result counts; not where the claim was lost.

    Raises:
        ImageError: the photo is at fault.
        NetworkError: the network cannot be loaded.
    """
    started = time.perf_counter()
    job = Job.objects.select_related("upload").get(pk=claim.job_id)
    estimator = get_estimator(job.network)
    image = read_image(_bytes_of(job.upload))
    check()
    estimate = estimator.estimate(image)
    check()
    return results.save(claim, image, estimator, estimate, started)


def _bytes_of(upload: Upload) -> bytes:
    try:
        return media.path(upload.file).read_bytes()
    except FileNotFoundError:
        raise ImageError("The photo's file is gone from the server. Upload it again.", "file_missing") from None


def announce_networks() -> None:
    """Write down which networks this worker can run."""
    results.announce_networks(installed_networks())
