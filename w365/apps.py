from django.apps import AppConfig


class Windows365Config(AppConfig):
    name = "w365"
