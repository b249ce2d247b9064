"""The Celery app. Its tasks are short ticks; what is to be done stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotpc.settings")

app = Celery("spotpc")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
