"""The staff's roles as groups. Every `migrate` sees to it that they are there with their rights; what an operator adds to a group stays.

A curator keeps the words and the matrix, a moderator decides about members and what they send, an operator sees to mail and jobs.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q


def every(app: str, *models: str, acts: tuple[str, ...] = ("view", "add", "change", "delete")) -> list[str]:
    return [f"{app}.{act}_{model}" for model in models for act in acts]


ROLES: Mapping[str, list[str]] = {
    "curator": [
        *every("matching", "skillpair", "fieldsynergy", "boost"),
        *every("matching", "weights", acts=("view", "change")),
        *every("matching", "matrixversion", acts=("view", "add")),
        *every("vocabulary", "skill", "skillalias", "field", "fieldgroup"),
        *every("vocabulary", "unknownskill", acts=("view", "change")),
    ],
    "moderator": [
        *every("moderation", "case", acts=("view", "change")),
        *every("moderation", "decision", "report", acts=("view",)),
        *every("accounts", "member", acts=("view",)),
        *every("trust", "fact", acts=("view",)),
        *every("media", "photo", acts=("view", "change")),
        *every("chat", "room", "message", acts=("view",)),
    ],
    "operator": [
        *every("ops", "mail", "job", acts=("view", "change")),
        *every("audit", "entry", acts=("view",)),
    ],
}


def provide(sender: AppConfig | None, **kwargs: Any) -> None:
    """Receiver of `post_migrate` for the last of our apps, whose own permissions are made here if nobody has yet."""
    if sender is not None:
        create_permissions(sender, verbosity=0)
    for name, rights in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*permissions(rights))


def permissions(rights: list[str]) -> list[Permission]:
    wanted = Q(pk=None)
    for right in rights:
        app, _dot, codename = right.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))
