from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "spotpc.jobs"
    label = "jobs"
