"""The pages on which members describe themselves: onboarding and settings."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import selectors as members
from accounts import services as accounts
from accounts import sessions
from accounts.forms import AboutForm, MustHavesForm, PlaceForm, ProfileForm, ProfilePart
from matching.pages import own, posted_id, viewer_of
from media import services as media
from media.images import MAX_BYTES
from media.selectors import photos_of
from ops.errors import Problem

STEPS: dict[str, type[ProfilePart]] = {"about": AboutForm, "place": PlaceForm}
ORDER = ("about", "place", "photo")


def profile_context(request: HttpRequest) -> dict[str, Any]:
    profile = own(request)
    photos = photos_of([profile.member_id]).get(profile.member_id, [])
    return {
        "profile": profile,
        "photos": photos,
        "completeness": members.completeness(profile, has_photo=bool(photos)),
        "listed": members.is_listed(profile),
    }


def save(request: HttpRequest, form: ProfilePart) -> bool:
    """Saves an accepted form; False leaves its errors to be shown."""
    if not form.is_valid():
        return False
    accounts.save_profile(viewer_of(request), form.changes())
    return True


@login_required
def onboarding(request: HttpRequest) -> HttpResponse:
    step = request.GET.get("step", "about")
    step = step if step in ORDER else "about"
    following = ORDER[ORDER.index(step) + 1] if step != ORDER[-1] else None
    onward = f"{reverse('onboarding')}?step={following}" if following else reverse("discover")
    context: dict[str, Any] = {"step": step, "steps": ORDER, "number": ORDER.index(step) + 1, "next_url": onward}
    if step == "photo":
        if request.method == "POST" and not (error := take_photo(request)):
            return redirect(onward)
        context["error"] = error if request.method == "POST" else ""
    else:
        form = STEPS[step](request.POST) if request.method == "POST" else STEPS[step].showing(own(request))
        if request.method == "POST" and save(request, form):
            return redirect(onward)
        context["form"] = form
    return render(
        request, "accounts/onboarding.html", {**context, **profile_context(request)}, status=400 if request.method == "POST" else 200
    )


def take_photo(request: HttpRequest) -> str:
    """Adds the posted photo; a sentence when it was refused, "" also when none was chosen."""
    file = request.FILES.get("file")
    if file is None:
        return ""
    try:
        media.add_photo(viewer_of(request), file.read(MAX_BYTES + 1), alt=request.POST.get("alt", "")[:200])
    except Problem as problem:
        return problem.detail
    return ""


@login_required
def settings_index(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/index.html", profile_context(request))


@login_required
def settings_profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST) if request.method == "POST" else ProfileForm.showing(own(request))
    if request.method == "POST" and save(request, form):
        messages.success(request, _("Your profile is saved."))
        return redirect("settings-profile")
    return render(request, "settings/profile.html", {"form": form, **profile_context(request)}, status=400 if form.is_bound else 200)


@login_required
def settings_photo(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        if "remove" in request.POST:
            media.remove_photo(viewer_of(request), posted_id(request, "remove"))
        else:
            error = take_photo(request)
        if not error:
            return redirect("settings-photo")
    return render(request, "settings/photo.html", {"error": error, **profile_context(request)}, status=400 if error else 200)


@login_required
def settings_must_haves(request: HttpRequest) -> HttpResponse:
    kept = own(request).must_haves
    form = MustHavesForm(request.POST or None, initial={**kept, "remote": {True: "true", False: "false"}.get(kept.get("remote"), "")})
    if request.method == "POST" and form.is_valid():
        # Fields are not on this page; the API sets them.
        keep = {name: kept[name] for name in ("fields",) if name in kept}
        accounts.save_profile(viewer_of(request), {"must_haves": {**keep, **form.accepted()}})
        messages.success(request, _("Your must-haves are saved."))
        return redirect("settings-must-haves")
    return render(request, "settings/must_haves.html", {"form": form}, status=400 if form.is_bound and form.errors else 200)


@login_required
def settings_account(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        accounts.log_out_everywhere(viewer_of(request))
        return redirect("login")
    current = request.session.get(sessions.BROWSER_KEY)
    rows = [{"session": row, "current": str(row.pk) == current} for row in sessions.open_sessions(viewer_of(request))]
    return render(request, "settings/account.html", {"sessions": rows, "email": viewer_of(request).email})
