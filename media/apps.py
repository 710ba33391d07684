from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "media"

    def ready(self) -> None:
        from media import chores, privacy, receivers

        privacy.register()
        receivers.connect()
        chores.register()
