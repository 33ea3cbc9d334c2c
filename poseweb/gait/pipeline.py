"""From a clip's poses to a gait report: pipeline.py's recipe for gait. No network runs, so it takes seconds at most."""

from django.utils.translation import gettext_noop

from estimator import FormatError, VideoError
from poseweb.gait import results as gait_results
from poseweb.lease import Lease
from poseweb.models import Claim, ClipResult, Job

GONE = gettext_noop(
    "The clip's poses are gone from the server, or damaged. Run the clip again, then ask for the report."
)


def find_gait(job: Job, claim: Claim, lease: Lease) -> bool:
    """Read the gait of a runner from the poses that another job found; whether the result counts.

    Raises:
        VideoError: those poses are not there any more.
    """
    try:
        clip = ClipResult.objects.get(job=job.options["clip"], job__upload=job.upload)
        report, tracks = gait_results.read(clip, job.options)
    except (ClipResult.DoesNotExist, FileNotFoundError, FormatError) as error:
        raise VideoError(GONE, "poses_missing") from error
    lease.check()
    return gait_results.save(claim, report, tracks)
