"""What the gallery is narrowed to: a form of GET parameters, and the condition it stands for."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.timezone import make_aware
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from poseweb.models import Job, Network, Result, Upload

MANY = 4  # people, and more
STATUSES = {
    "waiting": (_("Waiting or running"), (Job.Status.QUEUED, Job.Status.RUNNING)),
    "succeeded": (_("Done"), (Job.Status.SUCCEEDED,)),
    "failed": (_("No result"), (Job.Status.FAILED,)),
    "cancelled": (_("Cancelled"), (Job.Status.CANCELLED,)),
}
PEOPLE = {**{str(n): Q(people=n) for n in range(MANY)}, "many": Q(people__gte=MANY)}
SEEN_BY = {
    "me": (_("Only me"), Q(public=False, share_key=None)),
    "link": (_("Who has the link"), Q(share_key__isnull=False)),
    "everybody": (_("Everybody"), Q(public=True)),
}
_REVIEWED = Result.objects.filter(reviewed_at__isnull=False)
_CORRECTED = Result.objects.filter(corrected_at__isnull=False)
REVIEWS = {
    # Few photos are reviewed, most are not: those are looked up, these are found on the way.
    "open": (
        _("To review"),
        Q(~Exists(_REVIEWED.filter(job__upload=OuterRef("pk"))), kind=Upload.Kind.PHOTO, status=Job.Status.SUCCEEDED),
    ),
    "done": (_("Reviewed"), Q(pk__in=_REVIEWED.values("job__upload"))),
    "corrected": (_("Corrected"), Q(pk__in=_CORRECTED.values("job__upload"))),
}
_CONDITIONS = {
    "people": PEOPLE,
    "review": {value: condition for value, (_title, condition) in REVIEWS.items()},
    "seen": {value: condition for value, (_title, condition) in SEEN_BY.items()},
}
WORDS = 8  # of a search that count
NO_DAY = _("This is no day that photos can be from, so it narrows nothing. Choose another one.")
NO_CHOICE = _("There is nothing like that to choose from, so it narrows nothing. Choose from the list.")


class Day(forms.DateField):
    """A day on which there can have been a photo; the calendar's own ends have no day before or after them."""

    def __init__(self, label: str) -> None:
        limits = [MinValueValidator(date(1900, 1, 1), NO_DAY), MaxValueValidator(date(2999, 12, 31), NO_DAY)]
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(
            label=label, required=False, widget=widget, validators=limits, error_messages={"invalid": NO_DAY}
        )


class FilterForm(forms.Form):
    """Every field may be empty. A value that makes no sense is said beside its field, and narrows nothing.

    Args:
        sent: the GET parameters.
        networks: to choose from.
        public: of everybody's public photos, of which notes and who sees them are nobody else's business.
        staff: may tell their own photos from the others'.
    """

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.SearchInput)
    people = forms.ChoiceField(label=_("People"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    network = forms.ChoiceField(label=_("Network"), required=False)
    review = forms.ChoiceField(label=_("Review"), required=False)
    seen = forms.ChoiceField(label=_("Seen by"), required=False)
    whose = forms.ChoiceField(label=_("Whose"), required=False)
    since = Day(label=_("From"))
    until = Day(label=_("To"))

    def __init__(self, sent: Any, networks: list[Network], *, public: bool = False, staff: bool = False) -> None:
        super().__init__(sent, auto_id="filter-%s")
        self.public, self.networks = public, networks
        named = {
            "people": [(value, _people_title(value)) for value in PEOPLE],
            "status": _titled(STATUSES),
            "network": [(network.name, network.title) for network in networks],
            "review": _titled(REVIEWS),
            "seen": _titled(SEEN_BY),
            "whose": [("mine", gettext("Mine"))],
        }
        for name, choices in named.items():
            self.fields[name].choices = [("", gettext("Any")), *choices]
            self.fields[name].error_messages["invalid_choice"] = NO_CHOICE
        for name in ("review", "seen", "status", "whose") if public else () if staff else ("whose",):
            del self.fields[name]
        self.fields["q"].widget.attrs["placeholder"] = gettext("File name") if public else gettext("Name or note")

    @property
    def narrowed(self) -> dict[str, Any]:
        """The filters in force."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def narrowed_by(self) -> int:
        """How many filters are in force beside the search."""
        return len(self.narrowed.keys() - {"q"})

    @property
    def said(self) -> Iterator[str]:
        """Each filter in force, in words."""
        for name, value in self.narrowed.items():
            field = self.fields[name]
            titles = dict(field.choices) if isinstance(field, forms.ChoiceField) else {}
            shown = date_format(value, gettext("j M Y")) if isinstance(value, date) else titles.get(value, value)
            yield gettext("%(filter)s: %(chosen)s") % {"filter": field.label, "chosen": shown}

    def condition(self, user: Any) -> Q:
        """Of the uploads to be shown to that user."""
        return reduce(and_, (self._one(name, value, user) for name, value in self.narrowed.items()), Q())

    def _one(self, name: str, value: Any, user: Any) -> Q:
        if name == "q":
            return reduce(and_, (self._holds(word) for word in value.split()[:WORDS]), Q())
        if name == "status":
            return Q(status__in=STATUSES[value][1])
        if name in _CONDITIONS:
            return _CONDITIONS[name][value]
        if name == "network":
            return Q(network=value)
        if name == "whose":
            return Q(owner=user.pk)
        return Q(created_at__gte=_midnight(value)) if name == "since" else Q(created_at__lt=_midnight(value, days=1))

    def _holds(self, word: str) -> Q:
        return Q(name__icontains=word) if self.public else Q(name__icontains=word) | Q(note__icontains=word)


def _titled(filters: dict[str, tuple[Any, Any]]) -> list[tuple[str, Any]]:
    """The choices of a filter."""
    return [(value, title) for value, (title, _condition) in filters.items()]


def _people_title(value: str) -> str:
    if value == "many":
        return gettext("%(least)s or more") % {"least": MANY}
    count = int(value)
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": count} if count else gettext("Nobody")


def _midnight(day: date, days: int = 0) -> datetime:
    """At the start of the day, or so many days later, here."""
    return make_aware(datetime.combine(day + timedelta(days=days), time.min))
