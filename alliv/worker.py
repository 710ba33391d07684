"""What works without a connection: one page that says so, and the files it is made of. Nothing about anybody is ever kept."""

import json
from functools import cache
from hashlib import blake2s

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control

from alliv.static import JOINED

KEPT = (JOINED, "favicon.svg", "icons.svg", "js/app.js")


@cache
def parts() -> dict[str, str]:
    """What the script is filled in with; its bytes change with every release, and so do browsers' copies."""
    files = json.dumps([reverse("offline"), *map(staticfiles_storage.url, KEPT)])
    return {"files": files, "offline": json.dumps(reverse("offline")), "version": blake2s(files.encode(), digest_size=6).hexdigest()}


@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    return render(request, "service_worker.js", parts(), content_type="text/javascript")


def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "offline.html")
