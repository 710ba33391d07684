from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Members"

    def ready(self) -> None:
        from accounts import chores, openapi, signin  # noqa: F401  (the last two register themselves)

        chores.register()
