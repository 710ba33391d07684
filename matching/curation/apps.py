from django.apps import AppConfig


class CurationConfig(AppConfig):
    name = "matching.curation"
    verbose_name = "Curation"
