"""Signing in with a provider, for clients in a browser."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import serializers
from accounts.social import pages, providers
from accounts.views import OpenView
from ops.errors import NotFound
from ops.paging import slice_parameters, sliced
from ops.serializers import page_of


class Providers(OpenView):
    @extend_schema(parameters=slice_parameters(), responses=page_of(serializers.ProviderRow))
    def get(self, request: Request) -> Response:
        return Response(sliced(request, providers.configured(), dict))


class Begin(OpenView):
    """The answer's cookie belongs to the flow: the browser that follows the address has to have it."""

    limits = ["login_address"]

    @extend_schema(request=None, responses=serializers.AuthorizationAnswer)
    def post(self, request: Request, provider: str) -> Response:
        try:
            return Response({"authorization_url": pages.authorization_url(request._request, provider)})
        except Http404:
            raise NotFound from None
