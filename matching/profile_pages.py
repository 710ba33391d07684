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
from accounts.forms import AboutForm, MustHavesForm, NewPhotoForm, PhotoForm, PlaceForm, PrivacyForm, ProfileForm, ProfilePart
from accounts.views import member_of
from matching.pages import own, posted_id
from media import services as media
from media.images import MAX_BYTES
from media.selectors import photos_of
from ops import limits
from ops.errors import Invalid, Problem

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


@login_required
def onboarding(request: HttpRequest) -> HttpResponse:
    step = request.GET.get("step", "")
    step = step if step in ORDER else ORDER[0]
    form = photo_form(request, PhotoForm) if step == "photo" else part_form(request, STEPS[step])
    if request.method == "POST" and form.is_valid() and kept(request, form):
        return redirect(onward(step))
    context = {"step": step, "form": form, **profile_context(request)}
    return render(request, "accounts/onboarding.html", context, status=400 if form.is_bound else 200)


def onward(step: str) -> str:
    rest = ORDER[ORDER.index(step) + 1 :]
    return f"{reverse('onboarding')}?step={rest[0]}" if rest else reverse("discover")


def photo_form(request: HttpRequest, form: type[PhotoForm]) -> PhotoForm:
    return form(request.POST, request.FILES) if request.method == "POST" else form()


def part_form(request: HttpRequest, form: type[ProfilePart]) -> ProfilePart:
    profile = own(request)
    return form(request.POST).fitting(profile) if request.method == "POST" else form.showing(profile)


def saved(request: HttpRequest, form: ProfilePart) -> bool:
    try:
        accounts.save_profile(member_of(request), form.changes())
    except Invalid as refusal:
        for error in refusal.errors:
            form.add_error(error.pointer.removeprefix("/"), error.detail)
    return not form.errors


def kept(request: HttpRequest, form: PhotoForm | ProfilePart) -> bool:
    """Carries an accepted form out; False when it was refused all the same, which the form then says."""
    if isinstance(form, ProfilePart):
        return saved(request, form)
    file = form.cleaned_data["file"]
    try:
        if file:
            limits.take("uploads", limits.key_of(request))
            media.add_photo(member_of(request), file.read(MAX_BYTES + 1), alt=form.cleaned_data["alt"])
    except Problem as problem:
        form.add_error("file", problem.detail)
    return not form.errors


@login_required
def settings_index(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/index.html", profile_context(request))


@login_required
def settings_profile(request: HttpRequest) -> HttpResponse:
    form = part_form(request, ProfileForm)
    if request.method == "POST" and form.is_valid() and kept(request, form):
        messages.success(request, _("Your profile is saved."))
        return redirect("settings-profile")
    return render(request, "settings/profile.html", {"form": form, **profile_context(request)}, status=400 if form.is_bound else 200)


@login_required
def settings_privacy(request: HttpRequest) -> HttpResponse:
    form = part_form(request, PrivacyForm)
    if request.method == "POST" and form.is_valid() and kept(request, form):
        messages.success(request, _("Saved."))
        return redirect("settings-privacy")
    return render(request, "settings/privacy.html", {"form": form}, status=400 if form.is_bound else 200)


@login_required
def settings_photo(request: HttpRequest) -> HttpResponse:
    form = photo_form(request, NewPhotoForm) if request.POST.get("do") == "upload" else NewPhotoForm()
    if request.method == "POST" and (form.is_valid() and kept(request, form) if form.is_bound else changed_photo(request)):
        return redirect("settings-photo")
    return render(request, "settings/photo.html", {"form": form, **profile_context(request)}, status=400 if form.is_bound else 200)


def changed_photo(request: HttpRequest) -> bool:
    """One of the buttons under a photo."""
    member, photo_id = member_of(request), posted_id(request, "photo")
    match request.POST.get("do"):
        case "first":
            media.change_photo(member, photo_id, position=0)
        case "alt":
            media.change_photo(member, photo_id, alt=request.POST.get("alt", "").replace("\x00", "")[:200])
        case "delete":
            media.remove_photo(member, photo_id)
    return True


@login_required
def settings_must_haves(request: HttpRequest) -> HttpResponse:
    must = own(request).must_haves
    form = MustHavesForm(request.POST or None, initial={**must, "remote": {True: "true", False: "false"}.get(must.get("remote"), "")})
    clear = "clear" in request.POST
    if clear or (request.method == "POST" and form.is_valid()):
        # Fields are not on this page: the API sets them, and saving here keeps them.
        rest = {name: must[name] for name in ("fields",) if name in must}
        accounts.save_profile(member_of(request), {"must_haves": {} if clear else {**rest, **form.accepted()}})
        messages.success(request, _("Your must-haves are saved."))
        return redirect("settings-must-haves")
    return render(request, "settings/must_haves.html", {"form": form}, status=400 if form.is_bound else 200)
