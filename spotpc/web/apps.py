from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "spotpc.web"
    label = "web"
