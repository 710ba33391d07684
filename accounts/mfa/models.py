"""What a member shows besides the password: an app that makes codes, passkeys, and words on paper for when both are gone."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from ops.models import Row


class SecondFactor(Row):
    """An authenticator app (TOTP). It counts once it has shown a first code, which sets `confirmed_at`."""

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.CharField(max_length=255, help_text="Sealed with a key made from SECRET_KEY.")
    last_step = models.BigIntegerField(default=0, help_text="The time step of the last accepted code: none is accepted twice.")
    tries = models.PositiveSmallIntegerField(default=0)
    tries_since = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"second factor of {self.member_id}"


class Passkey(Row):
    """A key that a device keeps (WebAuthn); here is only what checks its signatures."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.TextField(unique=True, help_text="By which a device names it, in base64url.")
    credential = models.BinaryField(help_text="Id and public key, as WebAuthn writes them.")
    sign_count = models.BigIntegerField(default=0, help_text="How often it was used, for those that count: one that goes back is a copy.")
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"passkey of {self.member_id}"


class RecoveryCode(Row):
    """One way in without the app. Only its digest is kept; a used one is deleted."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    class Meta:
        # services.use_recovery_code: one code of one member.
        constraints = [models.UniqueConstraint(fields=["member", "digest"], name="mfa_recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.member_id}"
