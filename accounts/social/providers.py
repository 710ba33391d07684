"""Who else may say who somebody is: the providers that settings name."""

from django.conf import settings

NAMES = {"google": "Google", "github": "GitHub"}


def configured() -> list[dict[str, str]]:
    return [{"id": name, "name": NAMES[name]} for name in settings.SOCIALACCOUNT_PROVIDERS]


def is_configured(provider: str) -> bool:
    return provider in settings.SOCIALACCOUNT_PROVIDERS
