"""Mails that tell a member what happened to their account, so that they notice what they have not done themselves."""

from enum import Enum

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.models import Member


class Notice(Enum):
    """Subject and sentence of each."""

    PASSWORD_CHANGED = (
        _("Your Alliv password was changed"),
        _("The password of your account was changed, and every other session was ended."),
    )
    TOKEN_REUSED = (
        _("A session of yours was ended"),
        _("A session of yours was continued from two places, as with a stolen copy. Alliv has ended it: sign in again."),
    )
    FACTOR_ON = (_("Your second factor is on"), _("From now on, signing in asks for a code from your authenticator app as well."))
    FACTOR_OFF = (_("Your second factor is off"), _("From now on, signing in asks for your password only."))
    APP_OFF = (
        _("Your authenticator app is off"),
        _("From now on, signing in no longer takes codes of the app, but still asks for a passkey."),
    )
    PASSKEY_ADDED = (_("You have a new passkey"), _("A passkey was added to your account: from now on it opens it, too."))
    PASSKEY_REMOVED = (_("A passkey of yours was removed"), _("A passkey was removed from your account. It no longer opens it."))
    RECOVERY_USED = (_("A recovery code was used"), _("Somebody proved to be you with one of your recovery codes. It does not work again."))
    RECOVERY_RENEWED = (_("You have new recovery codes"), _("New recovery codes were made for your account. The old ones no longer work."))
    CONNECTED = (
        _("Another way to sign in to Alliv"),
        _("Somebody who proved to have this address with Google or GitHub signed in: from now on that opens your account, too."),
    )
    WRONG_CODES = (
        _("Somebody knows your Alliv password"),
        _("Your password was right, but the second factor was wrong ten times. Nobody got in."),
    )


@transaction.atomic
def tell(member: Member, notice: Notice) -> None:
    """Mails the notice with the caller's transaction."""
    subject, what = notice.value
    mails.write("notice", member, subject=subject, what=what)
