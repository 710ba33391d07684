"""The photo API, and the photos themselves."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.views import OpenView, member_of, read
from media import images, selectors, serializers, services, uploads
from media.addresses import seconds_left
from media.models import Photo
from ops.conditions import etag, expected_version
from ops.errors import NotFound, TooLarge
from ops.paging import slice_parameters, sliced
from ops.parsers import StrictJSONParser
from ops.serializers import page_of

CONTENT_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


class Photos(APIView):
    parser_classes = [MultiPartParser]

    @property
    def limits(self) -> list[str]:
        return ["uploads"] if self.request.method == "POST" else []

    @extend_schema(parameters=slice_parameters(), responses=page_of(serializers.PhotoRow))
    def get(self, request: Request) -> Response:
        return Response(sliced(request, list(Photo.objects.filter(member=member_of(request))), selectors.as_dict))

    @extend_schema(request=serializers.PhotoBody, responses={201: serializers.PhotoRow})
    def post(self, request: Request) -> Response:
        # Looked at before the body is read; what is streamed beyond it is cut off by the parser's own limit.
        if int(request.headers.get("Content-Length") or 0) > images.MAX_BYTES + 64 * 1024:
            raise TooLarge("A photo can have up to 10 MB.")
        body = read(serializers.PhotoBody, request)
        photo = services.add_photo(member_of(request), body["file"].read(images.MAX_BYTES + 1), alt=body.get("alt", ""))
        return shown(photo, 201)


class OnePhoto(APIView):
    parser_classes = [StrictJSONParser]

    @extend_schema(responses=serializers.PhotoRow)
    def get(self, request: Request, photo_id: UUID) -> Response:
        photo = Photo.objects.filter(member=member_of(request), id=photo_id).first()
        if photo is None:
            raise NotFound
        return shown(photo)

    @extend_schema(request=serializers.PhotoChange, responses=serializers.PhotoRow)
    def patch(self, request: Request, photo_id: UUID) -> Response:
        body = read(serializers.PhotoChange, request)
        return shown(services.change_photo(member_of(request), photo_id, **body, expected_version=expected_version(request)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, photo_id: UUID) -> Response:
        services.remove_photo(member_of(request), photo_id, expected_version=expected_version(request))
        return Response(status=204)


def shown(photo: Photo, status: int = 200) -> Response:
    return Response(selectors.as_dict(photo), status=status, headers={"ETag": etag(photo.version)})


class Uploads(APIView):
    """Direct upload, first step: say what is coming, learn where to put it."""

    limits = ["uploads"]
    parser_classes = [StrictJSONParser]

    @extend_schema(request=serializers.UploadBody, responses={201: serializers.UploadPlace})
    def post(self, request: Request) -> Response:
        """Answers with an address that takes one `PUT` of exactly this size and kind, for 15 minutes."""
        upload = uploads.begin(member_of(request), **read(serializers.UploadBody, request))
        url, headers = uploads.place_of(upload)
        place = {"id": upload.pk, "method": "PUT", "url": request.build_absolute_uri(url), "headers": headers}
        return Response(serializers.UploadPlace({**place, "expires_at": upload.expires_at}).data, status=201)


class CompleteUpload(APIView):
    @extend_schema(request=None, responses={201: serializers.PhotoRow, 200: serializers.PhotoRow})
    def post(self, request: Request, upload_id: UUID) -> Response:
        """The file is there: it is looked at and becomes a photo. Said again, it is answered with 200 and the same photo."""
        photo, made = uploads.complete(member_of(request), upload_id)
        return shown(photo, 201 if made else 200)


class UploadContent(OpenView):
    """Where the file goes when no S3 is configured; the signature in the address is the credential."""

    @extend_schema(
        parameters=[OpenApiParameter("until", int, required=True), OpenApiParameter("sig", str, required=True)],
        request=dict.fromkeys(uploads.KINDS, OpenApiTypes.BINARY),
        responses={204: None},
    )
    def put(self, request: Request, upload_id: UUID) -> Response:
        query = request.query_params
        if settings.S3_BUCKET or not seconds_left(str(upload_id), query.get("until", ""), query.get("sig", "")):
            raise NotFound
        uploads.receive(upload_id, request._request.read(images.MAX_BYTES + 1), request.content_type or "")
        return Response(status=204)


def serve_photo(request: HttpRequest, key: str, variant: str, ending: str) -> HttpResponse:
    """One variant, for as long as its address is good; browsers keep it no longer."""
    left = seconds_left(key, request.GET.get("until", ""), request.GET.get("sig", ""))
    photo = Photo.objects.filter(key=key, status=Photo.Status.READY).first() if left else None
    if photo is None or variant not in images.SIZES:
        raise Http404
    try:
        content = services.content_of(photo, f"{variant}.{ending}")
    except OSError:
        raise Http404 from None
    headers = {"Cache-Control": f"private, max-age={left}, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=CONTENT_TYPES[ending], headers=headers)
