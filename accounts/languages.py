"""Languages by their ISO 639 codes: two letters where there are two, else three."""

from collections.abc import Iterable
from functools import cache

import pycountry
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language

from accounts.countries import translated
from accounts.vocabulary.words import canonical

# What many call a language that the lists call otherwise.
EVERYDAY = {"cantonese": "yue", "mandarin": "zh", "mandarin chinese": "zh", "cmn": "zh", "farsi": "fa"}


def names() -> dict[str, str]:
    """Two-letter code to name in the reader's language, by name: what pages suggest."""
    return _names(get_language() or "en")


@cache
def _names(reader: str) -> dict[str, str]:
    rows = [(translated("iso639-3", language.name, reader).partition(" (")[0], language.alpha_2)
            for language in pycountry.languages if hasattr(language, "alpha_2")]  # fmt: skip
    return {code: name for name, code in sorted(rows)}


def code_of(word: str) -> str | None:
    """The code of a language that people speak, by any of its codes, its name in English, in itself or in the reader's language."""
    key = canonical(word)
    return _codes().get(key) or {canonical(name): code for code, name in names().items()}.get(key)


def codes(words: Iterable[str]) -> list[str]:
    """Names by their codes; what is no language stays as it was written."""
    return [code_of(word) or word for word in words]


def named(words: Iterable[str]) -> list[str]:
    """Codes by their names; what is no code stays as it was written."""
    return [names().get(word) or _rarer().get(word, word) for word in words]


@cache
def _codes() -> dict[str, str]:
    """Every way to write a language, in its canonical form; a code has the first word, then whoever has two letters."""
    listed = sorted((language for language in pycountry.languages if is_spoken(language)), key=lambda one: not hasattr(one, "alpha_2"))
    written = [(getattr(one, kind), kept(one)) for kind in ("alpha_2", "alpha_3") for one in listed if hasattr(one, kind)]
    written += [(one.name.partition(" (")[0], kept(one)) for one in listed]
    known = {canonical(word): code for word, code in reversed(written)}
    for tag, told in LANG_INFO.items():
        if code := known.get(tag.partition("-")[0]):
            for word in (told.get("name"), told.get("name_local")):
                known.setdefault(canonical(word or tag), code)
    return known | EVERYDAY


@cache
def _rarer() -> dict[str, str]:
    return {one.alpha_3: one.name.partition(" (")[0] for one in pycountry.languages if is_spoken(one)}


def is_spoken(language: object) -> bool:
    """Leaves out what is extinct or made up, unless it has a code of two letters as Latin and Esperanto have."""
    return hasattr(language, "alpha_2") or getattr(language, "type", "") == "L"


def kept(language: object) -> str:
    return str(getattr(language, "alpha_2", None) or getattr(language, "alpha_3", ""))
