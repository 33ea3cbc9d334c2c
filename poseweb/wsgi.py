"""The WSGI entry point for web servers."""

import os

from django.core.wsgi import get_wsgi_application

from poseweb.http.patience import Patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poseweb.settings")

application = Patience(get_wsgi_application())
