"""What a person knows better than the keypoints, before a gait report is made."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poseweb.models import GaitResult

VIEW_WORDS = {"side": _("from the side"), "rear": _("from behind")}
SEEN_WORDS = VIEW_WORDS | {"front": _("from the front"), "oblique": _("at an angle")}  # no values from there
NO_BETTER = {"track": "", "view": "", "slow_motion": 1, "height_m": ""}


class GaitForm(forms.Form):
    """Runner, view, slow motion and height; all may stay as they are."""

    track = forms.TypedChoiceField(label=_("Runner"), coerce=int, empty_value=None, required=False)
    view = forms.ChoiceField(label=_("Filmed"), choices=[("", _("as measured")), *VIEW_WORDS.items()], required=False)
    slow_motion = forms.FloatField(
        label=_("Slow motion"),
        min_value=0.1,
        max_value=100,
        help_text=_("How many times slower than life the clip plays: 8 for 240 frames a second that play at 30."),
    )
    height_m = forms.FloatField(
        label=_("Height in metres"),
        min_value=0.5,
        max_value=2.6,
        required=False,
        help_text=_("Of the runner, for values in millimetres. May stay empty."),
    )

    def __init__(self, *args: Any, people: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_sight = ((person["track"], _spelled(person)) for person in people)
        self.fields["track"].choices = [("", gettext("chosen by poseweb")), *in_sight]
        for name in ("slow_motion", "height_m"):
            self.fields[name].widget.attrs["step"] = "any"

    def wishes(self) -> dict[str, Any]:
        """As services.read_gait takes them."""
        cleaned = self.cleaned_data
        return {**cleaned, "view": cleaned["view"] or None}


def _spelled(person: dict[str, Any]) -> str:
    return gettext("person %(number)s, in sight for %(seconds)s s from %(first)s s on") % {
        "number": person["track"],
        "seconds": f"{person['seconds']:g}",
        "first": f"{person['first_s']:g}",
    }


def filled(result: GaitResult | None, options: dict[str, Any]) -> GaitForm:
    """The form with what a report was made with."""
    people = result.people if result else []
    known = {name: "" if options.get(name) is None else options[name] for name in NO_BETTER}
    return GaitForm(initial=NO_BETTER | {k: v for k, v in known.items() if v != ""}, people=people)
