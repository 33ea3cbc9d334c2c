"""The admin's filters: each knows what it has to offer without reading every row, as Django's own do."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from poseweb.models import Job, Network

LATEST_JOBS = 200  # whose owners are offered; whoever else is found by the search


class ByColumn(admin.SimpleListFilter):
    """Rows with one value in one column, which the address names."""

    def has_output(self) -> bool:
        """Also for a value that is not on offer any more."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class ByFound(ByColumn):
    """By a column that results of photos and of clips both have."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        column = self.parameter_name.removeprefix("result__")
        either = Q(**{f"result__{column}": self.value()}) | Q(**{f"clip__{column}": self.value()})
        return queryset.filter(either) if self.value() else queryset


class ByNetwork(ByFound):
    title, parameter_name = _("network"), "result__network"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(Network.objects.values_list("name", "title"))


class ByDevice(ByFound):
    title, parameter_name = _("device"), "result__device"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("cpu", "CPU"), ("cuda", "GPU")]


class ByError(ByColumn):
    title, parameter_name = _("error"), "error_code"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = Job.objects.filter(status=Job.Status.FAILED).values_list("error_code", flat=True).distinct()
        return [(code, code) for code in sorted(codes.order_by())]


class ByOwner(ByColumn):
    """Who sent photos lately: ten thousand accounts are no list to choose from."""

    title, parameter_name = _("owner (of the latest jobs)"), "upload__owner__username"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        latest = Job.objects.order_by("-created_at", "-id").values_list("upload__owner__username", flat=True)
        return [(name, name) for name in sorted(set(latest[:LATEST_JOBS]))]


class ByReview(ByColumn):
    title, parameter_name = _("review"), "review"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("open", gettext("to review")), ("done", gettext("reviewed")), ("corrected", gettext("corrected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        columns = {
            "open": {"result__isnull": False, "result__reviewed_at": None},
            "done": {"result__reviewed_at__isnull": False},
            "corrected": {"result__corrected_at__isnull": False},
        }
        return queryset.filter(**columns.get(self.value() or "", {}))
