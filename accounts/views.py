"""The API of accounts: signing up and in, sessions, the vocabulary."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, services, sessions, signin, tokens
from accounts.mfa import services as mfa
from accounts.models import Member, Session
from accounts.vocabulary.selectors import FieldEntry, SkillEntry, vocabulary
from ops import limits
from ops.addresses import address_of
from ops.errors import NotFound
from ops.paging import DEFAULT_LIMIT, read_limit, refuse_others, slice_parameters, sliced
from ops.serializers import Body, page_of

FOUND = 10  # skills that a search gives when nobody says how many


def read(body: type[Body], request: Request) -> dict[str, Any]:
    """The validated body. Raises DRF's ValidationError."""
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def signed_in(session: Session, pair: tokens.Tokens) -> Response:
    return Response({**pair, "member": serializers.brief(session.member)})


class OpenView(APIView):
    """For people who are not signed in: no credentials are read at all."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


class Register(OpenView):
    limits = ["register"]

    @extend_schema(request=serializers.RegisterBody, responses={201: serializers.RegisterAnswer})
    def post(self, request: Request) -> Response:
        body = read(serializers.RegisterBody, request)
        services.register(**body)
        return Response({"status": "verification_required", "email": body["email"]}, status=201)


class VerifyEmail(OpenView):
    limits = ["codes"]

    @extend_schema(request=serializers.CodeBody, responses=serializers.TokensAnswer)
    def post(self, request: Request) -> Response:
        member = services.verify_email(**read(serializers.CodeBody, request))
        mfa.demand(member, None)
        session = sessions.begin_from(request, member, Session.Kind.TOKEN)
        return signed_in(session, tokens.issue(session))


class ResendCode(OpenView):
    limits = ["codes"]

    @extend_schema(request=serializers.EmailBody, responses={202: serializers.RegisterAnswer})
    def post(self, request: Request) -> Response:
        body = read(serializers.EmailBody, request)
        services.resend_verification_code(body["email"])
        return Response({"status": "verification_required", "email": body["email"]}, status=202)


class Login(OpenView):
    limits = ["login_address"]

    @extend_schema(request=serializers.LoginBody, responses=serializers.TokensAnswer)
    def post(self, request: Request) -> Response:
        body = read(serializers.LoginBody, request)
        limits.take("login", f"{body['email']} {address_of(request)}")
        member = signin.check_password(body["email"], body["password"])
        mfa.demand(member, body.get("otp"))
        session = sessions.begin_from(request, member, Session.Kind.TOKEN)
        return signed_in(session, tokens.issue(session))


class Refresh(OpenView):
    @extend_schema(request=serializers.RefreshBody, responses=serializers.TokensAnswer)
    def post(self, request: Request) -> Response:
        return signed_in(*tokens.rotate(read(serializers.RefreshBody, request)["refresh"]))


class Logout(OpenView):
    @extend_schema(request=serializers.RefreshBody, responses={204: None})
    def post(self, request: Request) -> Response:
        session = tokens.session_of(read(serializers.RefreshBody, request)["refresh"])
        if session is not None:
            sessions.end(Session.objects.filter(id=session.id), session.member_id)
        return Response(status=204)


class LogoutAll(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        services.log_out_everywhere(member_of(request))
        return Response(status=204)


class RequestReset(OpenView):
    limits = ["codes"]

    @extend_schema(request=serializers.EmailBody, responses={202: serializers.Accepted})
    def post(self, request: Request) -> Response:
        services.request_password_reset(read(serializers.EmailBody, request)["email"])
        return Response({"status": "accepted"}, status=202)


class ConfirmReset(OpenView):
    limits = ["codes"]

    @extend_schema(request=serializers.ResetBody, responses={204: None})
    def post(self, request: Request) -> Response:
        services.reset_password(**read(serializers.ResetBody, request))
        return Response(status=204)


class ChangePassword(APIView):
    @extend_schema(request=serializers.ChangePasswordBody, responses={204: None})
    def post(self, request: Request) -> Response:
        body, member = read(serializers.ChangePasswordBody, request), member_of(request)
        serializers.check_password(body["new"], member.email, pointer="new")
        services.change_password(member, old=body["old"], new=body["new"], keep=session_of(request))
        return Response(status=204)


def session_of(request: Request) -> Session | None:
    return request.auth if isinstance(request.auth, Session) else None


def member_of(request: Request | HttpRequest) -> Member:
    """Who is signed in; for views and pages that let nobody else in."""
    assert isinstance(request.user, Member)
    return request.user


class Sessions(APIView):
    @extend_schema(parameters=slice_parameters(), responses=page_of(serializers.SessionRow))
    def get(self, request: Request) -> Response:
        current = session_of(request)
        rows = list(sessions.open_sessions(member_of(request)).order_by("-last_used_at"))
        return Response(
            sliced(request, rows, lambda session: serializers.SessionRow({**vars(session), "current": session == current}).data)
        )


class OneSession(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Response:
        own = sessions.open_sessions(member_of(request)).filter(id=session_id)
        if not own.exists():
            raise NotFound
        sessions.end(own, member_of(request).pk)
        return Response(status=204)


def field_row(entry: FieldEntry) -> dict[str, Any]:
    return {"slug": entry.slug, "name": entry.name, "groups": sorted(entry.groups)}


def skill_row(entry: SkillEntry) -> dict[str, Any]:
    return {"slug": entry.slug, "name": entry.name, "category": entry.category_name, "aliases": list(entry.aliases)}


class Fields(APIView):
    """All professional fields; the list is short and comes whole."""

    @extend_schema(parameters=slice_parameters(), responses=page_of(serializers.FieldRow))
    def get(self, request: Request) -> Response:
        return Response(sliced(request, sorted(vocabulary().fields.values(), key=lambda entry: entry.name), field_row))


class Skills(APIView):
    """Skills by name and alias with `q`; without it all of them, paged."""

    limits = ["search"]

    @extend_schema(parameters=[OpenApiParameter("q", str), *slice_parameters()], responses=page_of(serializers.SkillRow))
    def get(self, request: Request) -> Response:
        if query := request.query_params.get("q", "").strip():
            refuse_others(request, "q")
            found = vocabulary().search_skills(query, read_limit(request, FOUND))
            return Response({"next": None, "previous": None, "results": [skill_row(entry) for entry in found]})
        everything = sorted(vocabulary().skills.values(), key=lambda entry: entry.name)
        return Response(sliced(request, everything, skill_row, usual=DEFAULT_LIMIT, more=("q",)))
