"""What makes a password acceptable, beyond Django's own validators."""

import gzip
import re
import unicodedata
from functools import cache
from pathlib import Path

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.vocabulary.words import canonical

MAX_LENGTH = 256
LEAKED = Path(__file__).parent / "data" / "common-passwords.txt.gz"
# What people put behind a word to make it pass: a year, a sign, both.
TAIL = re.compile(r"[\d\W_]{1,6}$")
# What takes no room beside format characters: fillers and variation selectors.
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f]")


def weaknesses(password: str, email: str) -> list[str]:
    """Why this password is not accepted, in sentences; empty when it is."""
    try:
        validate_password(password, Member(email=email))
    except ValidationError as error:
        return error.messages
    return []


@cache
def leaked() -> bytes:
    """The commonest passwords of old leaks, one a line and in one piece: searched in two milliseconds, while a set takes ten times that."""
    return gzip.decompress(LEAKED.read_bytes())


def typed(password: str) -> str:
    """The password as somebody who guesses types it. What is kept is the password itself."""
    shown = (char for char in unicodedata.normalize("NFKC", password) if unicodedata.category(char) != "Cf")
    return canonical(INVISIBLE.sub("", "".join(shown)))


def is_common(password: str) -> bool:
    """Whether leaks have it, in capitals, full width or with invisible characters or not, also with a few digits or signs behind it."""
    word = typed(password)
    return any(f"\n{form}\n".encode() in leaked() for form in (word, TAIL.sub("", word)))


class CommonPasswordValidator:
    """Django's own knows twenty thousand, and more than half of those are shorter than a password of ours may be."""

    def validate(self, password: str, user: object = None) -> None:
        if is_common(password):
            raise ValidationError(self.get_help_text(), code="password_too_common")

    def get_help_text(self) -> str:
        return _("This password, or one much like it, is known from leaks of other sites. Choose another.")


class MaximumLengthValidator:
    """Long pass phrases are welcome; a megabyte of password is work for the hasher and nothing else."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password can have up to %(limit)d characters.") % {"limit": MAX_LENGTH}
