"""Sentences that rows keep in English, and pages show in the language of whoever looks.

A worker does not know who will read: it stores English, and `told` translates it when it is shown. The estimator knows
no Django, so what it says is marked for translation here; a sentence with a number in it is shown as it is stored.
"""

from django.utils.translation import gettext, gettext_noop

FAULTS = (  # of photos and clips
    gettext_noop("The file is empty. Choose the photo again."),
    gettext_noop(
        "The picture is damaged or cut short: it opens, but its pixels cannot be read to the end. "
        "Export or copy it again and upload the new file."
    ),
    gettext_noop(
        "This is a HEIC picture, and what reads those is not installed. "
        "Save it as JPEG, or install it: pip install -r requirements-heic.txt"
    ),
    gettext_noop("The file is empty. Choose the clip again."),
    gettext_noop(
        "The file opens, but no frame of it can be decoded. Export the clip again, as MP4 (H.264) if you can."
    ),
)
GAIT = (  # what a report says of the whole clip, and why a value has no number
    gettext_noop("This is running."),
    gettext_noop("This looks like walking: gait values are for running."),
    gettext_noop("This looks like cycling: the hips rest while the feet go round."),
    gettext_noop("The person stands: no steps."),
    gettext_noop("No regular steps were found."),
    gettext_noop("Nobody is seen for long enough."),
    gettext_noop("The legs are not in the picture."),
    gettext_noop("The camera looks at an angle: film straight from the side or from behind."),
    gettext_noop("The runner is seen from the front: film from the side or from behind."),
    gettext_noop("This is not a view from the side: the shoulders are as wide as from behind."),
    gettext_noop("This is not a view from behind: the shoulders are as narrow as from the side."),
    gettext_noop("No stride lasts 0.5 to 1.1 s: is this slow motion? Then say by which factor."),
    gettext_noop("Needs feet: choose a BODY_25 network."),
    gettext_noop("The camera moves: put it on something firm."),
    gettext_noop("Needs the runner's height."),
)
VIEWS = (  # the estimator puts these together
    gettext_noop("Needs a clip from the side."),
    gettext_noop("Needs a clip from behind."),
)
VALUES = (  # of a gait report
    gettext_noop("Cadence"),
    gettext_noop("Step time"),
    gettext_noop("Ground contact time"),
    gettext_noop("Flight time"),
    gettext_noop("Duty factor"),
    gettext_noop("Trunk lean"),
    gettext_noop("Overstride"),
    gettext_noop("Shank angle at contact"),
    gettext_noop("Vertical oscillation"),
    gettext_noop("Knee flexion at contact"),
    gettext_noop("Most knee flexion in stance"),
    gettext_noop("Most knee flexion in swing"),
    gettext_noop("Foot-strike angle"),
    gettext_noop("Contact, left against right"),
    gettext_noop("Step time, left against right"),
    gettext_noop("Step width"),
    gettext_noop("Hip drop (experimental)"),
)


def told(stored: str) -> str:
    """A stored sentence in the language of whoever looks; as it is stored where nobody translated it."""
    return gettext(stored)
