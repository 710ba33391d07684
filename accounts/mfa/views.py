"""The API of the second factor."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services as accounts
from accounts.mfa import serializers, services
from accounts.models import Member
from accounts.views import member_of, read


class Totp(APIView):
    """The authenticator app."""

    @extend_schema(responses=serializers.StateAnswer)
    def get(self, request: Request) -> Response:
        member = member_of(request)
        return Response({"enabled": services.has_app(member), "recovery_codes_left": services.recovery_codes_left(member)})

    @extend_schema(request=None, responses=serializers.SetupAnswer)
    def post(self, request: Request) -> Response:
        """Begins: a secret for the app. Nothing changes before a first code is confirmed."""
        return Response(asdict(services.begin_totp(member_of(request))))

    @extend_schema(request=serializers.SwitchOffBody, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Switches it off, after one more look at password and code."""
        body, member = read(serializers.SwitchOffBody, request), member_of(request)
        accounts.prove_password(member, body["password"])
        services.switch_off_totp(member, body["code"])
        return Response(status=204)


class ConfirmTotp(APIView):
    @extend_schema(request=serializers.CodeOnlyBody, responses=serializers.RecoveryCodesAnswer)
    def post(self, request: Request) -> Response:
        """Switches it on. The answer tells the ten recovery codes, once."""
        codes = services.confirm_totp(member_of(request), read(serializers.CodeOnlyBody, request)["code"])
        return Response({"recovery_codes": codes})


class RecoveryCodes(APIView):
    @extend_schema(request=serializers.EitherBody, responses=serializers.RecoveryCodesAnswer)
    def post(self, request: Request) -> Response:
        """Ten new ones; the old ones no longer work."""
        member = member_of(request)
        prove(member, **read(serializers.EitherBody, request))
        return Response({"recovery_codes": services.renew_recovery_codes(member)})


def prove(member: Member, password: str | None = None, code: str | None = None) -> None:
    """Whatever was given has to be right. Raises WrongPassword, InvalidCode, SecondFactorOff or TooMany."""
    if password is not None:
        accounts.prove_password(member, password)
    if code is not None:
        services.prove_second_factor(member, code)
