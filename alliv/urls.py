"""Alliv's addresses: the API, the pages, the staff's site and the operators' doors."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from alliv import pages
from alliv.api.document import OpenAPI
from alliv.components import components
from alliv.developers import asyncapi, developers
from alliv.trial import trial
from alliv.unasked import favicon, robots
from alliv.worker import offline, service_worker
from chat.match_pages import matches
from media.views import serve_photo

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("", include("ops.urls")),
    path("", include("accounts.page_urls")),
    path("", include("matching.page_urls")),
    path("", include("chat.page_urls")),
    path("counts/", pages.counts, name="counts"),
    path("offline/", offline, name="offline"),
    path("favicon.ico", favicon),
    path("robots.txt", robots),
    path("sw.js", service_worker, name="service-worker"),
    path("language/", pages.choose_language, name="set-language"),
    path("matches/", matches, name="matches"),
    path("dev/components", components, name="dev-components"),
    path("developers/", developers, name="developers"),
    path("developers/try/", trial, name="trial"),
    path("asyncapi.yaml", asyncapi),
    path("admin/matrix/", include("matching.curation.urls")),
    path("admin/", admin.site.urls),
    path("photos/<slug:key>/<slug:variant>.webp", serve_photo, {"ending": "webp"}, name="photo"),
    path("photos/<slug:key>/<slug:variant>.jpg", serve_photo, {"ending": "jpg"}, name="photo-jpeg"),
    path("api/schema/", OpenAPI.as_view()),
    path("api/", include("accounts.urls")),
    path("api/", include("media.urls")),
    path("api/", include("matching.urls")),
    path("api/", include("chat.urls")),
]

handler400 = pages.bad_request
handler403 = pages.forbidden
handler404 = pages.not_found
