"""Every route: how it is asked for, what stands in its address, and who gets what there."""

from django.conf import settings
from django.urls import reverse

from poseweb import services
from poseweb.accounts import access
from poseweb.api import tokens
from tests.web import clips
from tests.web.clip_cast import finish_clip, submit_clip
from tests.web.conftest import draw, finish, submit

LOGIN, OK, GONE, MOVED, NO, FORBIDDEN, USED_UP = "login", 200, 404, 302, 401, 403, 410
# route, and a word behind it where it has several methods:
# (method, argument, what anonymous, Charlie (somebody else), Alice (the owner) and Bob (staff) get
MATRIX = {
    "home": ("get", None, LOGIN, OK, OK, OK),
    "gallery": ("get", None, LOGIN, OK, OK, OK),
    "public": ("get", None, OK, OK, OK, OK),
    "selection": ("post", None, LOGIN, GONE, GONE, GONE),  # no such wish; who may do what: tests/web/test_selection.py
    "original": ("get", "upload", LOGIN, GONE, OK, OK),
    "delete": ("post", "upload", LOGIN, GONE, MOVED, MOVED),
    "note": ("post", "upload", LOGIN, GONE, MOVED, MOVED),
    "sharing": ("post", "upload", LOGIN, GONE, GONE, GONE),  # no such wish
    "shared": ("get", "key", OK, OK, OK, OK),
    "shared-photo": ("get", "key", OK, OK, OK, OK),
    "shared-image": ("get", "key", OK, OK, OK, OK),
    "shared-download": ("get", "file by key", OK, OK, OK, OK),
    "shared-poses": ("get", "key", OK, OK, OK, OK),
    "cards": ("get", None, LOGIN, 204, 204, 204),
    "queue": ("get", None, LOGIN, OK, OK, OK),
    "cancel-waiting": ("post", None, LOGIN, MOVED, MOVED, MOVED),
    "review": ("get", "job", LOGIN, GONE, OK, OK),
    "review-queue": ("get", None, LOGIN, OK, OK, OK),  # whose photos: tests/web/test_views_review.py
    "reviewed": ("get", None, LOGIN, OK, OK, OK),
    "job": ("get", "job", LOGIN, GONE, OK, OK),
    "job-status": ("get", "job", LOGIN, GONE, OK, OK),
    "compare": ("get", "job", LOGIN, GONE, GONE, GONE),  # with nothing: tests/web/test_comparison.py
    "run-again": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "cancel": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "retry": ("post", "job", LOGIN, GONE, MOVED, MOVED),
    "draw-map": ("post", "job", LOGIN, GONE, 400, 400),
    "map-status": ("get", "map", LOGIN, GONE, OK, OK),
    "map-image": ("get", "map", LOGIN, GONE, OK, OK),
    "photo": ("get", "job", LOGIN, GONE, OK, OK),
    "image": ("get", "job", LOGIN, GONE, OK, OK),
    "thumbnail": ("get", "job", LOGIN, GONE, OK, OK),
    "download": ("get", "file of job", LOGIN, GONE, OK, OK),
    "poses": ("get", "job", LOGIN, GONE, OK, OK),
    "gait-of-clip": ("get", "run", LOGIN, GONE, MOVED, MOVED),
    "gait": ("get", "gait", LOGIN, GONE, OK, OK),
    "gait-status": ("get", "gait", LOGIN, GONE, OK, OK),
    "gait-json": ("get", "gait", LOGIN, GONE, OK, OK),
    "gait-csv": ("get", "gait", LOGIN, GONE, OK, OK),
    "protractor": ("get", "gait", LOGIN, GONE, OK, OK),
    "forget-reading": ("post", "reading", LOGIN, GONE, MOVED, MOVED),
    "gait-compare": ("get", None, LOGIN, GONE, GONE, GONE),  # whom it shows what: below
    "shoe-studies": ("get", None, OK, OK, OK, OK),
    "api-jobs": ("post", None, NO, 400, 400, 400),
    "api-jobs get": ("get", None, NO, OK, OK, OK),  # whom it shows what: tests/web/test_api_lists.py
    "api-statuses": ("get", None, NO, 400, 400, 400),  # whom it shows what: tests/web/test_api.py
    "api-job": ("get", "job", NO, GONE, OK, OK),
    "api-poses": ("get", "job", NO, GONE, OK, OK),
    "api-poses-zip": ("get", "job", NO, GONE, 409, 409),  # of clips: tests/flows/test_clips_api.py
    "api-video": ("get", "job", NO, GONE, 409, 409),
    "api-coco": ("get", "job", NO, GONE, OK, OK),
    "api-csv": ("get", "job", NO, GONE, OK, OK),
    "api-image": ("get", "job", NO, GONE, OK, OK),
    "clip-video": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-plain": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-keypoints": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-openpose": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-csv": ("get", "clip", LOGIN, GONE, OK, OK),
    "clip-coco": ("get", "clip", LOGIN, GONE, OK, OK),
    "shared-video": ("get", "key of a clip", OK, OK, OK, OK),
    "shared-plain": ("get", "key of a clip", OK, OK, OK, OK),
    "shared-keypoints": ("get", "key of a clip", OK, OK, OK, OK),
    "api-cancel": ("post", "job", NO, GONE, 409, 409),  # it is over
    "api-again": ("post", "job", NO, GONE, 202, 202),
    "api-photo": ("get", "upload", NO, GONE, OK, OK),
    "api-photo delete": ("delete", "upload", NO, GONE, 204, 204),
    "api-networks": ("get", None, NO, OK, OK, OK),
    "api-openapi": ("get", None, OK, OK, OK, OK),
    "api-docs": ("get", None, OK, OK, OK, OK),
    "login": ("get", None, OK, MOVED, MOVED, MOVED),
    "logout": ("post", None, LOGIN, MOVED, MOVED, MOVED),
    "account": ("get", None, LOGIN, OK, OK, OK),
    "make-token": ("post", None, LOGIN, 422, 422, 422),
    "revoke-token": ("post", "token of alice", LOGIN, GONE, MOVED, GONE),  # also staff take back only their own
    "password_change": ("get", None, LOGIN, OK, OK, OK),
    "password_reset": ("get", None, OK, OK, OK, OK),
    "password_reset_done": ("get", None, OK, OK, OK, OK),
    "password_reset_confirm": ("get", "token", OK, OK, OK, OK),  # says that this link is used up
    "invitations": ("get", None, LOGIN, FORBIDDEN, FORBIDDEN, OK),
    "withdraw": ("post", "invitation", LOGIN, FORBIDDEN, FORBIDDEN, MOVED),
    "join": ("get", "no key", USED_UP, USED_UP, USED_UP, USED_UP),
    "texts": ("get", None, OK, OK, OK, OK),
}
OF_A_PHOTO = ("job", "clip", "file of job", "upload", "map")
OF_GAIT = ("run", "gait", "reading")


def address_of(route, job):
    """The address of a route, made for Alice's finished job."""
    services.share(job.upload)
    job.upload.refresh_from_db()
    make = {
        "job": lambda: [job.pk],
        "clip": lambda: [job.pk],
        "file of job": lambda: [job.pk, "skeleton.png"],
        "file by key": lambda: [job.upload.share_key, "skeleton.png"],
        "upload": lambda: [job.upload.pk],
        "map": lambda: [draw(job).pk],
        "key": lambda: [job.upload.share_key],
        "key of a clip": lambda: [job.upload.share_key],
        "no key": lambda: ["no-such-key"],
        "token": lambda: ["MQ", "no-token"],
        "token of alice": lambda: [tokens.make(job.upload.owner, "Mine", "read").token.pk],
        "invitation": lambda: [access.invite(None).invitation.pk],
        "run": lambda: [clips.report(job).options["clip"]],
        "gait": lambda: [clips.report(job).pk],
        "reading": lambda: [clips.report(job).pk, 1],
        None: list,
    }
    return reverse(route.split()[0], args=make[MATRIX[route][1]]())


def job_for(route, owner):
    """A finished job of that owner, of the kind that the route is about."""
    argument = MATRIX[route][1]
    if argument in OF_GAIT:
        return clips.clip(owner, clips.run(rear=True))
    if argument and "clip" in argument:
        return finish_clip(submit_clip(owner, settings.MEDIA_ROOT.parent))
    return finish(submit(owner))
