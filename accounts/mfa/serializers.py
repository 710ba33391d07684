"""The bodies of the second factor."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import Password, PasswordBody
from ops.serializers import Body


class Code(serializers.CharField):
    """Six digits of an app or a recovery code; spaces and dashes do not matter."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)


class CodeOnlyBody(Body):
    code = Code()


class SwitchOffBody(PasswordBody):
    code = Code()


class PasskeyBody(PasswordBody):
    name = serializers.CharField(max_length=60)
    credential = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


class EitherBody(Body):
    """`password` or `code`: one of them proves who asks."""

    password = Password(required=False)
    code = Code(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"password": [serializers.ErrorDetail("Send your password or a code.", code="required")]})
        return attrs


class StateAnswer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()
    recovery_codes_left = serializers.IntegerField()


class SetupAnswer(serializers.Serializer[Any]):
    secret = serializers.CharField()
    uri = serializers.CharField(help_text="The `otpauth://` address in the QR code.")
    qr = serializers.CharField(help_text="An SVG as a `data:` address.")


class RecoveryCodesAnswer(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(child=serializers.CharField())
