"""Settings, URLs and the shared machinery; the product itself lives in the apps."""

from spotpc.celery import app as celery_app

__all__ = ["celery_app"]
