from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "spotpc.demo"
    label = "demo"
