"""The product's settings, with stand-ins for its secrets."""

import os

os.environ.setdefault("SPOTPC_DEVELOPMENT", "1")

from spotpc.settings import *  # noqa: F403

# Hashing is slow on purpose; the tests sign in hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Wake-ups go nowhere unless a Redis is given: a test is its own worker.
CELERY_BROKER_URL = os.environ.get("REDIS_URL", "memory://")
