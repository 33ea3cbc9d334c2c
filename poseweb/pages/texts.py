"""What scripts say, in the language of who asks: Django's catalogue of the texts that are marked in static/js."""

from django.contrib.auth.decorators import login_not_required
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.i18n import JavaScriptCatalog

catalogue = login_not_required(gzip_page(cache_control(max_age=600)(JavaScriptCatalog.as_view(packages=["poseweb"]))))
