"""The operator's view: everything can be seen, and changed only in ways that the services know."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from poseweb import accounts, services
from poseweb.models import Job, Network, Result, Upload, Worker

admin.site.site_header = "poseweb"
admin.site.site_title = "poseweb"
admin.site.index_title = "Everything poseweb knows"

THUMBNAIL = (96, 56)  # pixels that a thumbnail has to fit into


class ReadOnly(admin.ModelAdmin):
    """Rows to look at: what changes them is an action, or not the admin at all."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ResultInline(admin.StackedInline):
    model = Result
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ByColumn(admin.SimpleListFilter):
    """A filter that does not read every row to know what there is, as Django's own do."""

    def has_output(self) -> bool:
        """Also for a value that is not on offer any more."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class ByNetwork(ByColumn):
    title, parameter_name = "network", "result__network"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(Network.objects.values_list("name", "title"))


class ByDevice(ByColumn):
    title, parameter_name = "device", "result__device"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("cpu", "CPU"), ("cuda", "GPU")]


class ByError(ByColumn):
    title, parameter_name = "error", "error_code"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = Job.objects.filter(status=Job.Status.FAILED).values_list("error_code", flat=True).distinct()
        return [(code, code) for code in sorted(codes.order_by())]


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = (
        "thumbnail",
        "photo",
        "status",
        "network_used",
        "people",
        "seconds",
        "owner",
        "created_at",
    )
    list_display_links = ("thumbnail", "photo")
    list_filter = ("status", ByNetwork, ByDevice, ByError, "created_at")
    list_select_related = ("upload__owner", "result")
    search_fields = ("upload__name", "upload__owner__username", "id")
    ordering = ("-created_at", "-id")
    inlines = (ResultInline,)
    actions = ("requeue", "cancel")

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """A job goes with its upload, and only there with its files."""
        return False

    def view_on_site(self, job: Job) -> str:
        return reverse("job", args=[job.pk])

    @admin.display(description="")
    def thumbnail(self, job: Job) -> SafeString | str:
        if not hasattr(job, "result"):
            return "–"
        scale = min(THUMBNAIL[0] / job.result.width, THUMBNAIL[1] / job.result.height)
        width, height = (round(scale * side) for side in (job.result.width, job.result.height))
        address = f"{reverse('thumbnail', args=[job.pk])}?attempt={job.result.attempt}"
        return format_html('<img src="{}" alt="" width="{}" height="{}" loading="lazy">', address, width, height)

    @admin.display(ordering="upload__name")
    def photo(self, job: Job) -> str:
        return job.upload.name

    @admin.display(description="network")
    def network_used(self, job: Job) -> str:
        return job.result.network if hasattr(job, "result") else job.network

    @admin.display(ordering="result__people")
    def people(self, job: Job) -> int | None:
        return job.result.people if hasattr(job, "result") else None

    @admin.display(ordering="result__seconds")
    def seconds(self, job: Job) -> str | None:
        return f"{job.result.seconds:.2f}" if hasattr(job, "result") else None

    @admin.display(ordering="upload__owner__username")
    def owner(self, job: Job) -> str:
        return job.upload.owner.get_username()

    @admin.action(description="Requeue the failed and cancelled ones", permissions=["view"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        done = sum(services.requeue(job) for job in queryset)
        self._report(request, done, len(queryset), "queued again", "Only failed and cancelled jobs can be.")

    @admin.action(description="Cancel the waiting and running ones", permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        done = sum(services.cancel(job) for job in queryset)
        self._report(request, done, len(queryset), "cancelled", "Only queued and running jobs can be.")

    def _report(self, request: HttpRequest, done: int, chosen: int, what: str, rule: str) -> None:
        if done:
            self.message_user(request, f"{done} of {chosen} {what}.", messages.SUCCESS)
        if done < chosen:
            self.message_user(request, f"{chosen - done} of {chosen} not {what}. {rule}", messages.WARNING)


@admin.register(Upload)
class UploadAdmin(ReadOnly):
    list_display = ("name", "owner", "bytes", "width", "height", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username", "sha256")
    ordering = ("-created_at", "-id")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """An upload takes its jobs and results along, whatever rights there are on those."""
        return [str(upload) for upload in objs], {"uploads": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        services.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        queryset.forget()


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts. New ones come by invitation; who is deleted takes all photos and files along."""

    list_display = ("username", "email", "is_staff", "is_active", "last_login")
    actions = ("password_links",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Make links for new passwords", permissions=["change"])
    def password_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        if not request.user.is_superuser:  # a link opens the account
            raise PermissionDenied
        for user in queryset:
            link = request.build_absolute_uri(accounts.password_link(user))
            self.message_user(request, format_html("{} chooses a new password at <code>{}</code>", user, link))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """An account takes its photos along, whatever rights there are on those."""
        return [f"{user} and all their photos" for user in objs], {"accounts": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.delete_account(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.delete_account(user)


@admin.register(Network)
class NetworkAdmin(ReadOnly):
    list_display = ("name", "title", "licence", "ap", "rank", "seen_at")

    def has_delete_permission(self, request: HttpRequest, obj: Network | None = None) -> bool:
        return False


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    """Who works, and above the list how much there is to do."""

    list_display = ("name", "alive", "engine", "device", "processes", "networks_it_has", "started_at", "seen_at")
    list_filter = ("engine", "device")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        alive = Worker.objects.alive().filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_alive=Exists(alive))

    def has_delete_permission(self, request: HttpRequest, obj: Worker | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _queue()})

    @admin.display(boolean=True, ordering="is_alive")
    def alive(self, worker: Worker) -> bool:
        return worker.is_alive

    @admin.display(description="networks")
    def networks_it_has(self, worker: Worker) -> str:
        return ", ".join(worker.networks)


def _queue() -> str:
    counts = dict(Job.objects.values_list("status").annotate(Count("pk")))
    waiting, running = (counts.get(status, 0) for status in (Job.Status.QUEUED, Job.Status.RUNNING))
    longest = Job.objects.longest_wait().total_seconds()
    return f"Queue: {waiting} waiting, {running} running; the longest wait is {longest:.0f} s"
