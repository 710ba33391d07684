from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "matching"

    def ready(self) -> None:
        from matching import chores, privacy, receivers

        receivers.connect()
        chores.register()
        privacy.register()
