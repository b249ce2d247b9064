from django.apps import AppConfig


class SetupConfig(AppConfig):
    name = "spotpc.setup"
    label = "setup"
