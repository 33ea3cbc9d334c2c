"""Where every address leads."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from poseweb.accounts import views as account_views
from poseweb.api import docs as api_docs
from poseweb.api import frame as api_frame
from poseweb.api import jobs as api
from poseweb.api import results as api_results
from poseweb.clips import views as clip_views
from poseweb.gait import views as gait_views
from poseweb.pages import comparison, gallery, sharing, texts, views
from poseweb.review import views as review_views

handler400 = "poseweb.http.refusals.bad_request"
handler403 = "poseweb.http.refusals.forbidden"
handler404 = "poseweb.http.refusals.not_found"
handler500 = "poseweb.http.refusals.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("photos", gallery.gallery, name="gallery"),
    path("photos/selected", gallery.selection, name="selection"),
    path("public", gallery.public, name="public"),
    path("photos/<uuid:upload_id>/original", views.original, name="original"),
    path("photos/<uuid:upload_id>/note", views.note, name="note"),
    path("photos/<uuid:upload_id>/delete", views.delete, name="delete"),
    path("photos/<uuid:upload_id>/sharing", sharing.change, name="sharing"),
    path("s/<str:key>", sharing.shared, name="shared"),
    path("s/<str:key>/photo", sharing.shared_photo, name="shared-photo"),
    path("s/<str:key>/image", sharing.shared_image, name="shared-image"),
    path("s/<str:key>/files/<str:name>", sharing.shared_download, name="shared-download"),
    path("s/<str:key>/video.mp4", sharing.shared_video, name="shared-video"),
    path("s/<str:key>/plain.mp4", sharing.shared_plain, name="shared-plain"),
    path("s/<str:key>/keypoints.json", sharing.shared_keypoints, name="shared-keypoints"),
    path("s/<str:key>/poses.json", sharing.shared_poses, name="shared-poses"),
    path("jobs", gallery.queue, name="queue"),
    path("jobs/cards", gallery.cards, name="cards"),
    path("jobs/cancel", gallery.cancel_waiting, name="cancel-waiting"),
    path("jobs/<uuid:job_id>", views.job, name="job"),
    path("jobs/<uuid:job_id>/status", views.job_status, name="job-status"),
    path("jobs/<uuid:job_id>/again", views.run_again, name="run-again"),
    path("jobs/<uuid:job_id>/compare", comparison.compare, name="compare"),
    path("jobs/<uuid:job_id>/cancel", views.cancel, name="cancel"),
    path("jobs/<uuid:job_id>/retry", views.retry, name="retry"),
    path("jobs/<uuid:job_id>/maps", views.draw_map, name="draw-map"),
    path("maps/<uuid:job_id>", views.map_status, name="map-status"),
    path("maps/<uuid:job_id>/image", views.map_image, name="map-image"),
    path("jobs/<uuid:job_id>/photo", views.photo, name="photo"),
    path("jobs/<uuid:job_id>/image", views.image, name="image"),
    path("jobs/<uuid:job_id>/thumbnail", views.thumbnail, name="thumbnail"),
    path("jobs/<uuid:job_id>/files/<str:name>", views.download, name="download"),
    path("jobs/<uuid:job_id>/review", review_views.review, name="review"),
    path("review", review_views.queue, name="review-queue"),
    path("review/reviewed.zip", review_views.reviewed, name="reviewed"),
    path("jobs/<uuid:job_id>/poses.json", views.poses, name="poses"),
    path("jobs/<uuid:job_id>/video.mp4", clip_views.video, name="clip-video"),
    path("jobs/<uuid:job_id>/plain.mp4", clip_views.plain, name="clip-plain"),
    path("jobs/<uuid:job_id>/keypoints.json", clip_views.keypoints, name="clip-keypoints"),
    path("jobs/<uuid:job_id>/openpose.zip", clip_views.openpose, name="clip-openpose"),
    path("jobs/<uuid:job_id>/keypoints.csv", clip_views.csv, name="clip-csv"),
    path("jobs/<uuid:job_id>/coco.json", clip_views.coco, name="clip-coco"),
    path("jobs/<uuid:job_id>/gait", gait_views.of_clip, name="gait-of-clip"),
    path("gait/compare", gait_views.compare, name="gait-compare"),
    path("gait/shoes", gait_views.shoes, name="shoe-studies"),
    path("gait/<uuid:job_id>", gait_views.report, name="gait"),
    path("gait/<uuid:job_id>/status", gait_views.status, name="gait-status"),
    path("gait/<uuid:job_id>/report.json", gait_views.as_json, name="gait-json"),
    path("gait/<uuid:job_id>/report.csv", gait_views.as_csv, name="gait-csv"),
    path("gait/<uuid:job_id>/protractor", gait_views.measure, name="protractor"),
    path("gait/<uuid:job_id>/protractor/<int:reading_id>/forget", gait_views.forget_reading, name="forget-reading"),
    *api_frame.routes(api, api_results),
    path("api/v1/openapi.json", api_docs.openapi, name="api-openapi"),
    path("api/v1/docs", api_docs.docs, name="api-docs"),
    re_path("^api/", api.unknown),
    path("login", account_views.SignIn.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("account", account_views.account, name="account"),
    path("account/tokens", account_views.make_token, name="make-token"),
    path("account/tokens/<int:token_id>/revoke", account_views.revoke_token, name="revoke-token"),
    path("account/password", account_views.ChangePassword.as_view(), name="password_change"),
    path("password", account_views.ForgottenPassword.as_view(), name="password_reset"),
    path("password/sent", account_views.MailSent.as_view(), name="password_reset_done"),
    path("password/<uidb64>/<token>", account_views.NewPassword.as_view(), name="password_reset_confirm"),
    path("invitations", account_views.invitations, name="invitations"),
    path("invitations/<int:invitation_id>/withdraw", account_views.withdraw, name="withdraw"),
    path("join/<str:key>", account_views.join, name="join"),
    path("texts.js", texts.catalogue, name="texts"),
    path("admin/", admin.site.urls),
    path("favicon.ico", login_not_required(RedirectView.as_view(url=f"{settings.STATIC_URL}favicon.svg"))),
]
if settings.METRICS_TOKEN:
    urlpatterns += [path("", include("poseweb.operations.metrics"))]
