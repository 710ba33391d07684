"""Exports over the API, and the file itself."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Member
from accounts.privacy import serializers, services
from accounts.tokens import session_of_access_token
from accounts.views import member_of, session_of
from ops.errors import NotAuthenticated, NotFound


class MyExport(APIView):
    """Everything Alliv holds about oneself."""

    @property
    def limits(self) -> list[str]:
        return ["exports"] if self.request.method == "POST" else []

    @extend_schema(responses=serializers.ExportAnswer)
    def get(self, request: Request) -> Response:
        export = services.export_of(member_of(request))
        if export is None:
            raise NotFound
        link = services.link_for(export, session_of(request))
        url = request.build_absolute_uri(link.path) if link else None
        return Response({"status": export.status, "url": url, "expires_at": link.expires_at if link else None})

    @extend_schema(request=None, responses={202: serializers.ExportStatus})
    def post(self, request: Request) -> Response:
        """Asks for a new export; a mail tells when it is ready."""
        return Response({"status": services.request_export(member_of(request)).status}, status=202)


@require_safe
def export_file(request: HttpRequest, word: str) -> HttpResponseBase:
    file = services.open_link(word, asker(request))
    name = f"alliv-{timezone.now():%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip", headers={"Cache-Control": "no-store"})


def asker(request: HttpRequest) -> UUID | None:
    """Who follows the link, when they say so. Raises NotFound for a token that is not valid."""
    if isinstance(request.user, Member):
        return request.user.pk
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    try:
        return session_of_access_token(header.removeprefix("Bearer ")).member_id
    except NotAuthenticated:
        raise NotFound from None
