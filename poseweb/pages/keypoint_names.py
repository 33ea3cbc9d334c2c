"""Keypoints and sides in words, for people and for scripts.

The estimator names the keypoints, and knows no Django: the closed set of its names, spelled, is marked for translation
here. Scripts tell keypoints apart by their English names, so both are needed.
"""

from django.utils.translation import gettext, gettext_noop

SIDES = {"r": gettext_noop("right"), "l": gettext_noop("left")}
SPELLED = (
    gettext_noop("nose"),
    gettext_noop("head"),
    gettext_noop("neck"),
    gettext_noop("chest"),
    gettext_noop("mid hip"),
    gettext_noop("right shoulder"),
    gettext_noop("right elbow"),
    gettext_noop("right wrist"),
    gettext_noop("right hip"),
    gettext_noop("right knee"),
    gettext_noop("right ankle"),
    gettext_noop("right eye"),
    gettext_noop("right ear"),
    gettext_noop("right big toe"),
    gettext_noop("right small toe"),
    gettext_noop("right heel"),
    gettext_noop("left shoulder"),
    gettext_noop("left elbow"),
    gettext_noop("left wrist"),
    gettext_noop("left hip"),
    gettext_noop("left knee"),
    gettext_noop("left ankle"),
    gettext_noop("left eye"),
    gettext_noop("left ear"),
    gettext_noop("left big toe"),
    gettext_noop("left small toe"),
    gettext_noop("left heel"),
)


def side_of(keypoint: str) -> str:
    """right, left or empty, in English: styles and scripts go by it."""
    return SIDES.get(keypoint.partition("_")[0], "")


def spelled(keypoint: str) -> str:
    """r_big_toe → right big toe, for scripts."""
    return " ".join(SIDES.get(word, word) for word in keypoint.split("_"))


def title(keypoint: str) -> str:
    """The same in the language of whoever looks."""
    return gettext(spelled(keypoint))


def limb_title(limb: str) -> str:
    """r_hip-r_knee → right hip to right knee, in the language of whoever looks."""
    start, end = map(title, limb.split("-"))
    return gettext("%(start)s to %(end)s") % {"start": start, "end": end}
