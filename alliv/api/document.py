"""The OpenAPI document, made once a process: the code does not change while it runs."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

Json = dict[str, Any]


@cache
def document() -> Json:
    found: Json = SchemaGenerator().get_schema(request=None, public=True)
    return found


@cache
def rendered(renderer: Callable[[], BaseRenderer]) -> Any:
    return renderer().render(document())


class OpenAPI(SpectacularAPIView):
    """The document as YAML, or as JSON where Accept asks for it."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        kind: Callable[[], BaseRenderer] = type(renderer)
        return HttpResponse(rendered(kind), content_type=renderer.media_type)
