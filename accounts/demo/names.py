"""Names of many cultures, in the script one reads them in, and as the ASCII an address needs."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from accounts.demo.draw import data

NATIVE_SCRIPT = 0.12
# Letters that have no decomposition into a base letter and a mark.
UNDECOMPOSED = str.maketrans(dict(ł="l", ø="o", đ="d", ð="d", þ="th", ß="ss", æ="ae", œ="oe", ı="i"))  # noqa: C408


@dataclass(frozen=True)
class Spelling:
    latin: str
    native: str
    ascii: str


@dataclass(frozen=True)
class Named:
    """A full name as shown, and the ASCII of its given and family name."""

    full: str
    given: str
    family: str


@dataclass(frozen=True)
class Culture:
    """`latin` and `native` say how a full name is put together; `native` is empty without a script of its own.

    Each household is the given names and the family names that go together, for languages that inflect family names.
    """

    language: str
    latin: str
    native: str
    households: tuple[tuple[tuple[Spelling, ...], tuple[Spelling, ...]], ...]

    def name(self, rng: Random) -> Named:
        givens, families = rng.choice(self.households)
        given, family = rng.choice(givens), rng.choice(families)
        return Named(self.full(rng, given, family), given.ascii, family.ascii)

    def full(self, rng: Random, given: Spelling, family: Spelling) -> str:
        if self.native and rng.random() < NATIVE_SCRIPT:
            return self.native.format(given=given.native, family=family.native)
        return self.latin.format(given=given.latin, family=family.latin)


@cache
def cultures() -> dict[str, Culture]:
    return {key: culture(entry) for key, entry in data("cultures").items()}


def culture(entry: dict[str, Any]) -> Culture:
    families = spellings(entry["families"])
    families_of_women = spellings(entry.get("families_of_women", entry["families"]))
    households = ((spellings(entry["women"]), families_of_women), (spellings(entry["men"]), families))
    return Culture(entry["language"], entry["latin"], entry["native"], households)


def spellings(names: Iterable[str]) -> tuple[Spelling, ...]:
    """Reads "Eleni=Ελένη": Latin letters, then the native ones where a culture has its own."""
    parts = (name.partition("=") for name in names)
    return tuple(Spelling(latin, native or latin, ascii_letters(latin)) for latin, _, native in parts)


def ascii_letters(name: str) -> str:
    """Lowercase a to z only: "Guðrún" → "gudrun", "van den Berg" → "vandenberg"."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(UNDECOMPOSED))
    return "".join(letter for letter in plain if "a" <= letter <= "z")
