"""Every stable code an error may carry, with its status and its sentence: from the tree of failures, and what the framework adds."""

from dataclasses import dataclass

from alliv.api import idempotency  # noqa: F401  # its failure counts, also before the first request has loaded it
from alliv.api.errors import CODES
from ops.errors import Problem

# What the framework refuses, whatever the view.
FRAMEWORK = {
    "method_not_allowed": "This address does not know this method: `Allow` names those it does.",
    "not_acceptable": "Answers are JSON: Accept has to allow it.",
    "unsupported_media_type": "Bodies are JSON, pictures multipart/form-data.",
}


@dataclass(frozen=True)
class Code:
    code: str
    status: int
    text: str


def stable_codes() -> dict[str, Code]:
    """By code, in the order of statuses. Of failures that share a code the most general one speaks."""
    found: dict[str, Code] = {}
    level: list[type[Problem]] = [Problem]
    while level:
        for problem in level:
            found.setdefault(problem.code, Code(problem.code, problem.status, problem.detail))
        level = [below for problem in level for below in problem.__subclasses__()]
    for status, code in CODES.items():
        if code in FRAMEWORK:
            found[code] = Code(code, status, FRAMEWORK[code])
    return dict(sorted(found.items(), key=lambda item: (item[1].status, item[0])))
