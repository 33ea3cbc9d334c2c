"""What somebody asks of a job, checked in this one place: which network, how closely it looks, for how many people."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from poseweb.errors import JobRefused

USUAL = "-1x368"  # as OpenPose has it
# In OpenPose's own words, and what each means for people.
RESOLUTIONS = MappingProxyType(
    {
        "-1x256": _("Quick: half the time; small people are missed"),
        USUAL: _("Usual: as OpenPose looks"),
        "-1x736": _("Close: for small people far away; four times the time"),
    }
)
# What tells a run from the others; the usual one needs no word.
CLOSENESS = MappingProxyType(
    {
        "-1x256": pgettext_lazy("how closely the network looks", "quick"),
        "-1x736": pgettext_lazy("how closely the network looks", "close"),
    }
)
MOST_EVERY = 60  # frames
_TICKED = {"": False, "0": False, "false": False, "1": True, "true": True, "on": True}


@dataclass(frozen=True)
class Wishes:
    """The request that a job answers.

    Attributes:
        network: its name; empty: the most accurate one that the worker has.
        resolution: at which the network looks, one of RESOLUTIONS.
        single: there is one person, so each keypoint is where its confidence map is highest.
        every: of a clip, only every n-th frame is looked at.

    Raises:
        JobRefused: code `unknown_resolution` or `unknown_choice`.
    """

    network: str = ""
    resolution: str = USUAL
    single: bool = False
    every: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.every <= MOST_EVERY:
            sentence = gettext("Every n-th frame of a clip: n is from 1 to %(most)s.") % {"most": MOST_EVERY}
            raise JobRefused(sentence, "unknown_choice")
        if self.resolution not in RESOLUTIONS:
            names = {"asked": repr(self.resolution), "known": ", ".join(RESOLUTIONS)}
            sentence = gettext("No resolution is called %(asked)s. Use one of %(known)s.") % names
            raise JobRefused(sentence, "unknown_resolution")

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> Self:
        """From a form or the like: `network`, `resolution`, `single` and `every`; what is not sent is as usual.

        Raises:
            JobRefused: code `unknown_resolution` or `unknown_choice`.
        """
        single = str(sent.get("single") or "").lower()
        if single not in _TICKED:
            sentence = gettext("Whether there is a single person is true or false, not %(sent)s.")
            raise JobRefused(sentence % {"sent": repr(single)}, "unknown_choice")
        every = str(sent.get("every") or "1")
        number = int(every) if every.isascii() and every.isdecimal() and len(every) < 4 else 0
        return cls(sent.get("network") or "", sent.get("resolution") or USUAL, _TICKED[single], number)

    @classmethod
    def kept(cls, network: str, options: Mapping[str, Any]) -> Self:
        """From the columns of a job; where it was made without options, they are as usual."""
        return cls(network, options.get("resolution", USUAL), options.get("single", False), options.get("every", 1))

    @property
    def options(self) -> dict[str, Any]:
        """What a job keeps beside the network."""
        of_clips = {"every": self.every} if self.every > 1 else {}
        return {"resolution": self.resolution, "single": self.single, **of_clips}


AS_USUAL = Wishes()
