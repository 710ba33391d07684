"""What makes a password acceptable, beyond Django's own validators."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Member

MAX_LENGTH = 256


def weaknesses(password: str, email: str) -> list[str]:
    """Why this password is not accepted, in sentences; empty when it is."""
    try:
        validate_password(password, Member(email=email))
    except ValidationError as error:
        return error.messages
    return []


class MaximumLengthValidator:
    """Long pass phrases are welcome; a megabyte of password is work for the hasher and nothing else."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password can have up to %(limit)d characters.") % {"limit": MAX_LENGTH}
