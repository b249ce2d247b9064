from django.apps import AppConfig


class SpotGroupsConfig(AppConfig):
    name = "spotgroups"
