"""What makes a password acceptable, beyond Django's own validators."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MAX_LENGTH = 256


class MaximumLengthValidator:
    """Long pass phrases are welcome; a megabyte of password is work for the hasher and nothing else."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password can have up to %(limit)d characters.") % {"limit": MAX_LENGTH}
