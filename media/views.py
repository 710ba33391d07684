"""The photo API, and the photos themselves."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.views import member_of, read
from media import images, selectors, serializers, services
from media.models import Photo
from ops.errors import NotFound, TooLarge
from ops.parsers import StrictJSONParser
from ops.serializers import page_of

YEAR = 365 * 24 * 3600


class Photos(APIView):
    parser_classes = [MultiPartParser]

    @property
    def limits(self) -> list[str]:
        return ["uploads"] if self.request.method == "POST" else []

    @extend_schema(responses=page_of(serializers.PhotoRow))
    def get(self, request: Request) -> Response:
        rows = Photo.objects.filter(member=member_of(request))
        return Response({"next": None, "previous": None, "results": [selectors.as_dict(photo) for photo in rows]})

    @extend_schema(request=serializers.PhotoBody, responses={201: serializers.PhotoRow})
    def post(self, request: Request) -> Response:
        # Looked at before the body is read; what is streamed beyond it is cut off by the parser's own limit.
        if int(request.headers.get("Content-Length") or 0) > images.MAX_BYTES + 64 * 1024:
            raise TooLarge("A photo can have up to 10 MB.")
        body = read(serializers.PhotoBody, request)
        photo = services.add_photo(member_of(request), body["file"].read(images.MAX_BYTES + 1), alt=body.get("alt", ""))
        return Response(selectors.as_dict(photo), status=201, headers={"ETag": f'"{photo.version}"'})


class OnePhoto(APIView):
    parser_classes = [StrictJSONParser]

    @extend_schema(request=serializers.PhotoChange, responses=serializers.PhotoRow)
    def patch(self, request: Request, photo_id: UUID) -> Response:
        body, member = read(serializers.PhotoChange, request), member_of(request)
        if "position" in body:
            services.move_photo(member, photo_id, body["position"])
        if "alt" in body:
            services.describe_photo(member, photo_id, body["alt"])
        photo = Photo.objects.filter(member=member, id=photo_id).first()
        if photo is None:
            raise NotFound
        return Response(selectors.as_dict(photo))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, photo_id: UUID) -> Response:
        services.remove_photo(member_of(request), photo_id)
        return Response(status=204)


def serve_photo(request: HttpRequest, key: str, variant: str) -> HttpResponse:
    """One variant under its unguessable name; the bytes never change, so browsers may keep them."""
    photo = Photo.objects.filter(key=key, status=Photo.Status.READY).first()
    if photo is None or variant not in images.SIZES:
        raise Http404
    try:
        with default_storage.open(services.path(key, variant)) as file:
            content = file.read()
    except OSError:
        raise Http404 from None
    headers = {"Cache-Control": f"private, max-age={YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="image/webp", headers=headers)
