"""What a demo person is: a member and their profile, in plain values."""

from datetime import date
from typing import Literal, TypedDict
from uuid import UUID

Level = Literal["student", "junior", "mid", "senior", "expert", "mentor"]
Visibility = Literal["public", "matches", "hidden"]


class Identity(TypedDict):
    id: UUID
    email: str
    name: str
    birthdate: date
    languages: list[str]
    links: list[str]
    visibility: Visibility


class Work(TypedDict):
    """Skills are canonical names; wanted skills are those or names of categories."""

    field: str | None
    role: str
    skills: list[str]
    wanted_skills: list[str]
    experience_level: Level | None
    hours_per_week: int | None
    remote_only: bool


class Tastes(TypedDict):
    interests: list[str]
    values: list[str]
    work_styles: list[str]


class Place(TypedDict):
    """`location` is latitude and longitude in degrees, near the city but not in its middle."""

    country: str
    city: str
    timezone: str
    location: tuple[float, float] | None


class Words(TypedDict):
    headline: str
    bio: str


class Person(Identity, Work, Tastes, Place, Words):
    pass
