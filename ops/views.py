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
    mails = [shown(name) for name in devmail.names()[:50]]
    return render(request, "ops/dev_mail.html", {"mails": mails})


def mail_one(request: HttpRequest, name: str) -> HttpResponse:
    require_dev_mail()
    try:
        return render(request, "ops/dev_mail.html", {"mail": shown(name)})
    except KeyError:
        raise Http404 from None


def shown(name: str) -> dict[str, str]:
    """One kept mail for the page. Raises KeyError."""
    mail = devmail.read(name)
    body = mail.get_body(("plain",))
    heads = {head: str(mail[head]) for head in ("subject", "to", "from", "date")}
    return {"name": name, **heads, "text": body.get_content() if body else ""}
