"""Doors for probes, and the mail of the embedded default."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ops import devmail, health


def live(request: HttpRequest) -> HttpResponse:
    """Touches nothing: it says that this process answers."""
    return JsonResponse({"status": "ok", "timestamp": health.now()})


def ready(request: HttpRequest) -> HttpResponse:
    report = health.readiness()
    return JsonResponse(report.body, status=200 if report.ready else 503)


def require_dev_mail() -> None:
    if not settings.DEV_MAIL:
        raise Http404


def mail_list(request: HttpRequest) -> HttpResponse:
    require_dev_mail()
    mails = [{"name": name, "mail": devmail.read(name)} for name in devmail.names()[:50]]
    return render(request, "ops/dev_mail.html", {"mails": mails})


def mail_one(request: HttpRequest, name: str) -> HttpResponse:
    require_dev_mail()
    try:
        mail = devmail.read(name)
    except KeyError:
        raise Http404 from None
    body = mail.get_body(("plain",))
    return render(request, "ops/dev_mail.html", {"mail": mail, "text": body.get_content() if body else ""})
