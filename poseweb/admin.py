"""The operator's view: everything can be seen, and changed only in ways that the services know."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from poseweb import services
from poseweb.accounts import access
from poseweb.models import ClipResult, Job, Network, Result, Upload, Worker, forget
from poseweb.operations.admin_filters import ByDevice, ByError, ByNetwork, ByOwner, ByReview
from poseweb.review import reviews

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


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = (
        "thumbnail",
        "photo",
        "kind",
        "status",
        "network_used",
        "people",
        "seconds",
        "reviewed",
        "owner",
        "created_at",
    )
    list_display_links = ("thumbnail", "photo")
    list_filter = ("status", ByReview, ByNetwork, ByDevice, ByError, ByOwner, "created_at")
    list_select_related = ("upload__owner", "result", "clip")
    search_fields = ("upload__name", "upload__owner__username", "id")
    ordering = ("-created_at", "-id")
    inlines = (ResultInline,)
    actions = ("requeue", "cancel", "mark_reviewed", "delete_photos")

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        """A job goes with its upload, and only there with its files."""
        return False

    def view_on_site(self, job: Job) -> str:
        """The page of what was found; a map stands on that of its photo's newest job."""
        if job.kind == Job.Kind.MAP:
            return reverse("job", args=[job.upload.newest_job_id])
        return reverse("gait" if job.kind == Job.Kind.GAIT else "job", args=[job.pk])

    @admin.display(description="")
    def thumbnail(self, job: Job) -> SafeString | str:
        found = _found(job)
        if found is None:
            return "–"
        scale = min(THUMBNAIL[0] / found.width, THUMBNAIL[1] / found.height)
        width, height = (round(scale * side) for side in (found.width, found.height))
        address = f"{reverse('thumbnail', args=[job.pk])}?attempt={found.edition}"
        return format_html('<img src="{}" alt="" width="{}" height="{}" loading="lazy">', address, width, height)

    @admin.display(description=_("photo"), ordering="upload__name")
    def photo(self, job: Job) -> str:
        return job.upload.name

    @admin.display(description=_("network"))
    def network_used(self, job: Job) -> str:
        return getattr(_found(job), "network", job.network)

    @admin.display(description=_("people"), ordering="result__people")
    def people(self, job: Job) -> int | None:
        return getattr(_found(job), "people", None)

    @admin.display(description=_("seconds"), ordering="result__seconds")
    def seconds(self, job: Job) -> str | None:
        found = _found(job)
        return f"{found.seconds:.2f}" if found else None

    @admin.display(description=_("reviewed"), ordering="result__reviewed_at")
    def reviewed(self, job: Job) -> str | None:
        return gettext("yes") if getattr(_found(job), "reviewed_at", None) else None

    @admin.display(description=_("owner"), ordering="upload__owner__username")
    def owner(self, job: Job) -> str:
        return job.upload.owner.get_username()

    @admin.action(description=_("Requeue the failed and cancelled ones"), permissions=["view"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        done = sum(services.requeue(job) for job in queryset)
        told = gettext("%(done)s of %(chosen)s queued again.")
        rest = gettext("%(left)s of %(chosen)s not queued again. Only failed and cancelled jobs can be.")
        self._report(request, done, len(queryset), told, rest)

    @admin.action(description=_("Cancel the waiting and running ones"), permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        done = sum(services.cancel(job) for job in queryset)
        told = gettext("%(done)s of %(chosen)s cancelled.")
        rest = gettext("%(left)s of %(chosen)s not cancelled. Only queued and running jobs can be.")
        self._report(request, done, len(queryset), told, rest)

    @admin.action(description=_("Mark the results reviewed, as they stand"), permissions=["view"])
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        done = reviews.accept_all(Result.objects.filter(job__in=queryset.values("pk")), request.user)
        told = gettext("%(done)s of %(chosen)s marked.")
        rest = gettext("%(left)s of %(chosen)s not marked. Only results that nobody has reviewed can be.")
        self._report(request, done, len(queryset), told, rest)

    @admin.action(description=_("Delete the photos, with all results and files"), permissions=["delete_photos"])
    def delete_photos(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponse | None:
        uploads = Upload.objects.filter(jobs__in=queryset.values("pk")).distinct()
        if "sure" in request.POST:
            count = forget(uploads)
            told = ngettext("%(count)s photo deleted.", "%(count)s photos deleted.", count)
            self.message_user(request, told % {"count": count}, messages.SUCCESS)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Are you sure?"),
            "uploads": uploads.select_related("owner"),
            "jobs": queryset,
            "opts": self.opts,
        }
        return render(request, "admin/delete_photos.html", context)

    def has_delete_photos_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("poseweb.delete_upload")

    def _report(self, request: HttpRequest, done: int, chosen: int, told: str, rest: str) -> None:
        """Say how many it was done to, and of the rest why not."""
        counts = {"done": done, "left": chosen - done, "chosen": chosen}
        if done:
            self.message_user(request, told % counts, messages.SUCCESS)
        if done < chosen:
            self.message_user(request, rest % counts, messages.WARNING)


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
        return [str(upload) for upload in objs], {gettext("uploads"): len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        services.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        forget(queryset)


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts. New ones come by invitation; who is deleted takes all photos and files along."""

    list_display = ("username", "email", "is_staff", "is_active", "last_login")
    actions = ("password_links",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Make links for new passwords"), permissions=["change"])
    def password_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        if not request.user.is_superuser:  # a link opens the account
            raise PermissionDenied
        for user in queryset:
            link = request.build_absolute_uri(access.password_link(user))
            told = gettext("{user} chooses a new password at <code>{link}</code>")
            self.message_user(request, format_html(told, user=user, link=link))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """An account takes its photos along, whatever rights there are on those."""
        told = [gettext("%(user)s and all their photos") % {"user": user} for user in objs]
        return told, {gettext("accounts"): len(objs)}, set(), []

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

    list_display = ("name", "alive", "engine", "device", "processes", "networks_it_has", "seen_at")
    list_filter = ("engine", "device")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        alive = Worker.objects.alive().filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_alive=Exists(alive))

    def has_delete_permission(self, request: HttpRequest, obj: Worker | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _queue()})

    @admin.display(description=_("alive"), boolean=True, ordering="is_alive")
    def alive(self, worker: Worker) -> bool:
        return worker.is_alive

    @admin.display(description=_("networks"))
    def networks_it_has(self, worker: Worker) -> str:
        return ", ".join(worker.networks)


def _found(job: Job) -> Result | ClipResult | None:
    """What the job found, if it has found anything."""
    return getattr(job, "clip" if job.kind == Job.Kind.CLIP else "result", None)


def _queue() -> str:
    counts = dict(Job.objects.values_list("status").annotate(Count("pk")))
    waiting, running = (counts.get(status, 0) for status in (Job.Status.QUEUED, Job.Status.RUNNING))
    longest = Job.objects.longest_wait().total_seconds()
    told = gettext("Queue: %(waiting)s waiting, %(running)s running; the longest wait is %(seconds)s s")
    return told % {"waiting": waiting, "running": running, "seconds": f"{longest:.0f}"}
