from django.apps import AppConfig


class VocabularyConfig(AppConfig):
    name = "accounts.vocabulary"
    verbose_name = "Vocabulary"

    def ready(self) -> None:
        from accounts.vocabulary import receivers

        receivers.connect()
