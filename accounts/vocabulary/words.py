"""When two spellings are one word."""

import unicodedata


def canonical(text: str) -> str:
    """NFKC, trimmed, single spaces, casefolded: the form in which names are compared everywhere.

    Casefolding can undo the normal form, so it is normalised again: canonical(canonical(x)) == canonical(x).
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def tidy(text: str) -> str:
    """How a name is kept: NFKC, trimmed, single spaces; letter case stays as written."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
