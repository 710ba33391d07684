"""Countries by their ISO 3166 alpha-2 codes."""

import gettext
from collections.abc import Iterable
from functools import cache

import pycountry
from django.utils.translation import get_language


def names() -> dict[str, str]:
    """Code to name in the reader's language, by name."""
    return _names(get_language() or "en")


@cache
def _names(reader: str) -> dict[str, str]:
    rows = [
        (translated("iso3166-1", getattr(country, "common_name", country.name), reader), country.alpha_2) for country in pycountry.countries
    ]
    return {code: name for name, code in sorted(rows)}


def codes(words: Iterable[str]) -> list[str]:
    """Names by their codes; what is no name stays as it was written."""
    by_name = {name.casefold(): code for code, name in names().items()}
    return [by_name.get(word.casefold(), word) for word in words]


def translated(domain: str, text: str, reader: str) -> str:
    """A name of one of the ISO lists as speakers of `reader` know it."""
    return _catalogue(domain, reader.partition("-")[0]).gettext(text)


@cache
def _catalogue(domain: str, reader: str) -> gettext.NullTranslations:
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=[reader], fallback=True)
