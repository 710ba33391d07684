"""When two spellings are one word."""

import unicodedata

JOINERS = "\u200c\u200d"


def canonical(text: str) -> str:
    """NFKC, trimmed, single spaces, casefolded: the form in which names are compared everywhere.

    Casefolding can undo the normal form, so it is normalised again: canonical(canonical(x)) == canonical(x).
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def tidy(text: str) -> str:
    """How a name is kept: NFKC, trimmed, single spaces; letter case stays as written."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def visible(text: str) -> str:
    """Without characters that show nothing or turn the direction of the rest of a line. Joiners stay inside: some scripts need them."""
    return "".join(char for char in text if char in JOINERS or unicodedata.category(char) != "Cf").strip(f"{JOINERS} ")
