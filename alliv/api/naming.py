"""How the OpenAPI document names the shapes that go in and out."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema

# A class whose name without its ending would mean something else to a reader.
NAMES = {
    "MatchShape": "NewMatch",
    "MemberBody": "MemberReference",
    "PairRow": "SkillPair",
    "RankedShape": "RankedMember",
    "RegisterAnswer": "Registration",
    "StatsShape": "SwipeStats",
    "SetupAnswer": "SecondFactorSetup",
    "StateAnswer": "SecondFactor",
    "SwipeAnswer": "SwipeOutcome",
}
ENDINGS = ("Shape", "Row", "Answer")


def readable(name: str) -> str:
    if name.endswith("Page"):
        return readable(name.removesuffix("Page")) + "Page"
    return NAMES.get(name) or next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), name)


class NamedSchema(AutoSchema):
    """Names components as a reader would, without what their classes are called for in the code."""

    def get_serializer_name(self, serializer: Any, direction: Literal["request", "response"]) -> str:
        return readable(super().get_serializer_name(serializer, direction))

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"

    def get_request_serializer(self) -> Any:
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: Literal["request", "response"] = "request") -> Any:
        """Also of a DELETE whose view names one: what ends something may ask for the password."""
        if self.method != "DELETE" or self.get_request_serializer() is None:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        self.method = "POST"
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = "DELETE"
