"""Two curators, and short words for what they do."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission

from accounts.models import Member
from matching.curation import cells, services
from matching.curation.cells import Cell, cell
from matching.models import MatrixVersion
from tests.factories import MemberFactory

BACKEND_FRONTEND = cell("skill_pairs", "Backend", "Frontend")
PYTHON_FIGMA = cell("skill_pairs", "Python", "Figma")
PYTHON_REACT = cell("skill_pairs", "Python", "React")
RIGHTS = ("view_matrixversion", "add_matrixversion", "change_skill", "change_unknownskill")


def curator(email: str, rights: Iterable[str] = RIGHTS) -> Member:
    member: Member = MemberFactory(email=email, is_staff=True, profile__name=email.split("@")[0].title(), profile__visibility="hidden")
    member.user_permissions.set(Permission.objects.filter(codename__in=list(rights)))
    return member


def publish(editor: Member, **values: float | None) -> MatrixVersion:
    """Publishes values of pairs of skills, written `Backend__Frontend=.5`."""
    for names, value in values.items():
        services.set_cell(editor, cell("skill_pairs", *names.split("__")), value)
    return services.publish(editor, "A good reason")


def holds() -> bool:
    """The log says everything: replayed from nothing it gives what is published."""
    return cells.replayed(MatrixVersion.objects.order_by("number")) == cells.published()


def value(of: Cell) -> float | None:
    return cells.published().get(of)
