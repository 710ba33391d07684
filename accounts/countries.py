"""Countries by their ISO 3166 alpha-2 codes."""

from functools import cache

import pycountry


@cache
def names() -> dict[str, str]:
    """Code to English name, by name."""
    rows = [(getattr(country, "common_name", country.name), country.alpha_2) for country in pycountry.countries]
    return {code: name for name, code in sorted(rows)}
