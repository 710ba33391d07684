"""The matrix editor: grids, the draft, its preview, publishing, and the versions there were. Every act is a plain form first."""

from collections.abc import Callable
from functools import wraps
from itertools import islice
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.views import member_of
from matching.curation import cells, forms, grid, services, sheets, unknown
from matching.curation.cells import Cell, Step
from matching.curation.grid import Grid, View
from matching.curation.models import Draft, DraftChange
from matching.curation.preview import preview as looked_ahead
from matching.curation.services import BaseChanged, Choice
from matching.models import MatrixVersion, Weights
from ops.errors import NotFound, Problem

Page = Callable[..., HttpResponse]
VIEW, EDIT = "matching.view_matrixversion", "matching.add_matrixversion"
PAGE, SHOWN = 50, 500
# Clashes that are asked about one by one: a form has a limit of fields. The rest is asked about at once.
ASKED = 100
BETWEEN = "\t"  # no name has one


def curators(right: str, *more: str) -> Callable[[Page], Page]:
    """For members of staff with all these rights; others of staff are refused, everybody else signs in first."""

    def guard(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not member_of(request).has_perms((right, *more)):
                raise PermissionDenied
            return page(request, *args, **kwargs)

        return wraps(page)(admin.site.admin_view(guarded))

    return guard


def render(request: HttpRequest, template: str, title: str, status: int = 200, **context: Any) -> HttpResponse:
    editor = member_of(request)
    draft = services.draft_of(editor)
    around = {
        **admin.site.each_context(request),
        "title": title,
        "draft": draft,
        "draft_count": draft.changes.count() if draft else 0,
        "others": Draft.objects.exclude(editor=editor).select_related("editor__profile").order_by("-updated_at")[:5],
        "version": services.version_now(),
        "may_edit": editor.has_perm(EDIT),
        "unknown_count": unknown.queue().count() if editor.has_perm("vocabulary.change_unknownskill") else None,
        "may_words": editor.has_perms((EDIT, "vocabulary.change_skill")),
    }
    return TemplateResponse(request, f"admin/matrix/{template}.html", {**around, **context}, status=status)


# --- Grids ---


def show(request: HttpRequest, view: View, shown: Grid, tab: str, **context: Any) -> HttpResponse:
    square = shown.square(request.GET.get("cell", ""))
    form = None
    if square is not None:
        value = "" if square.value is None else grid.words_for(square.value)
        form = forms.CellForm(initial={**square.cell._asdict(), "value": value})
    query = request.GET.copy()
    query.pop("cell", None)
    asked: dict[str, Any] = {
        "grid": shown,
        "square": square,
        "form": form,
        "query": query.get("q", ""),
        "rest": f"{query.urlencode()}&" if query else "",
        "here": f"{request.path}?{query.urlencode()}",
    }
    return render(request, "grid", shown.title, tab=tab, **asked, **context)


@curators(VIEW)
def categories(request: HttpRequest) -> HttpResponse:
    view = View.of(member_of(request))
    return show(
        request, view, grid.categories(view, request.GET.get("q", "")), "skills", found=skills_found(view, request.GET.get("q", ""))
    )


def skills_found(view: View, query: str) -> list[tuple[str, str, str]]:
    """Skills of this name: what they are called, and the category that leads to them."""
    if not query.strip():
        return []
    slugs = {entry.key: entry.slug for entry in view.known.skills.values()}
    found = [entry for entry in view.known.search_skills(query, 12) if not entry.is_category]
    return [(entry.name, entry.category_name, slugs[entry.category]) for entry in found]


@curators(VIEW)
def category(request: HttpRequest, slug: str) -> HttpResponse:
    view = View.of(member_of(request))
    by_slug = {entry.slug: entry for entry in view.known.skills.values() if entry.is_category}
    home, other = by_slug.get(slug), by_slug.get(request.GET.get("with") or slug)
    if home is None or other is None:
        raise Http404
    shown = grid.skills_of(view, home, other, request.GET.get("q", ""))
    return show(request, view, shown, "skills", home=home, other=other, categories=grid.by_name(list(by_slug.values())))


@curators(VIEW)
def fields(request: HttpRequest) -> HttpResponse:
    view = View.of(member_of(request))
    return show(request, view, grid.fields(view, request.GET.get("q", "")), "fields")


@curators(VIEW)
def boosts(request: HttpRequest) -> HttpResponse:
    view = View.of(member_of(request))
    return show(request, view, grid.boosts(view, request.GET.get("q", "")), "boosts")


# --- Changing the draft ---


@curators(EDIT)
def set_cell(request: HttpRequest) -> HttpResponse:
    """One value. A script is answered with the square as it is now, a form with the page it came from."""
    form = forms.CellForm(request.POST or None)
    scripted = request.headers.get("Accept") == "application/json"
    problem = "Nothing was sent."
    if form.is_valid():
        try:
            if not View.of(member_of(request)).knows(form.cell):
                raise NotFound
            count = services.set_cell(member_of(request), form.cell, form.cleaned_data["value"])
            return JsonResponse(square_now(request, form.cell, count)) if scripted else redirect(back(request))
        except Problem as refusal:
            problem = refusal.detail
    elif form.errors:
        problem = str(next(iter(form.errors.values()))[0])
    if scripted:
        return JsonResponse({"detail": problem}, status=400)
    messages.error(request, problem)
    return redirect(back(request))


def square_now(request: HttpRequest, cell: Cell, count: int) -> dict[str, Any]:
    view = View.of(member_of(request))
    square = view.square(cell.table, cell.a, cell.b, inherited=view.inherited(cell.table, cell.a, cell.b))
    return {"value": square.value, "shown": square.shown, "css": square.css, "label": square.label, "changes": count}


def back(request: HttpRequest) -> str:
    """The page that the form names, when it is ours."""
    onward = request.POST.get("next", "")
    return onward if url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}) else reverse("matrix")


@curators(VIEW)
def weights(request: HttpRequest) -> HttpResponse:
    editor = member_of(request)
    view = View.of(editor)
    now = {factor: view.cells.get(Cell(cells.WEIGHTS, factor), 0.0) for factor in Weights.FACTORS}
    posted = request.method == "POST"
    if posted and not editor.has_perm(EDIT):
        raise PermissionDenied
    form = forms.WeightsForm(request.POST if posted else None, initial={factor: grid.words_for(value) for factor, value in now.items()})
    if form.is_valid():
        services.set_cells(editor, {Cell(cells.WEIGHTS, factor): value for factor, value in form.cleaned_data.items()})
        messages.success(request, "The weights are in your draft.")
        return redirect("matrix-weights")
    drafted = {cell.a for cell in view.draft if cell.table == cells.WEIGHTS}
    return render(request, "weights", "Weights", 400 if posted else 200, form=form, tab="weights", drafted=drafted)


@curators(EDIT, "vocabulary.change_skill")
def words(request: HttpRequest) -> HttpResponse:
    form = forms.WordForm(request.POST or None, initial={"table": DraftChange.Table.RENAMES, "old": request.GET.get("skill", "")})
    if form.is_valid():
        values = form.cleaned_data
        services.change_word(member_of(request), DraftChange.Table(values["table"]), values["old"], values["new"])
        messages.success(request, "It is in your draft.")
        return redirect("matrix-draft")
    names = [entry.name for entry in grid.by_name(list(View.of(member_of(request)).known.skills.values()))]
    return render(request, "words", "Rename or merge skills", 400 if form.is_bound else 200, form=form, tab="words", names=names)


# --- The draft ---


@curators(EDIT)
def draft(request: HttpRequest) -> HttpResponse:
    return draft_page(request, forms.ReasonForm())


def draft_page(request: HttpRequest, form: forms.ReasonForm, status: int = 200) -> HttpResponse:
    view = View.of(member_of(request))
    drafted = islice(view.draft.items(), SHOWN)
    rows = [(row, grid.words_for(row.before), grid.words_for(row.after), cell in view.elsewhere) for cell, row in drafted]
    total = sum(value for cell, value in view.cells.items() if cell.table == cells.WEIGHTS)
    return render(request, "draft", "Your draft", status, rows=rows, form=form, tab="draft", weights_off=abs(total - 1) > 1e-9, total=total)


@curators(EDIT)
def discard(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        chosen = request.POST.getlist("change")
        services.discard(member_of(request), None if request.POST.get("all") else chosen)
        messages.success(request, "Discarded.")
    return redirect("matrix-draft")


@curators(EDIT)
def preview(request: HttpRequest) -> HttpResponse:
    form = forms.PreviewForm(request.GET if "members" in request.GET else {"members": ""})
    result = looked_ahead(View.of(member_of(request)), form.cleaned_data["members"]) if form.is_valid() else None
    merged = DraftChange.objects.filter(draft__editor=member_of(request), table__in=services.WORDS)
    return render(request, "preview", "Preview", 200 if result else 400, form=form, result=result, merged=merged, tab="draft")


@curators(EDIT)
def publish(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("matrix-draft")
    return concluded(
        request, "publish", lambda form, choice: services.publish(member_of(request), form.cleaned_data["reason"], choice), draft_page
    )


def concluded(
    request: HttpRequest,
    act: str,
    conclude: Callable[[forms.ReasonForm, Choice | None], MatrixVersion],
    again: Callable[[HttpRequest, forms.ReasonForm, int], HttpResponse],
) -> HttpResponse:
    """Makes a version of what was asked; shows clashes cell by cell, and mistakes with the form."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return again(request, form, 400)
    try:
        version = conclude(form, choice_of(request))
    except BaseChanged as refusal:
        return clash_page(request, form, act, refusal)
    except NotFound:
        raise Http404 from None
    except Problem as refusal:
        form.add_error(None, refusal.detail)
        return again(request, form, refusal.status)
    messages.success(request, f"Version {version.number} is published: every ranking uses it from now on.")
    return redirect("matrix-version", version.number)


def choice_of(request: HttpRequest) -> Choice | None:
    seen = number_in(request.POST.get("seen", ""))
    if seen is None:
        return None
    chosen: dict[str, set[Cell]] = {"mine": set(), "theirs": set()}
    for number in range(ASKED):
        parts = request.POST.get(f"cell-{number}", "").split(BETWEEN)
        if len(parts) == len(Cell._fields):
            chosen["mine" if request.POST.get(f"choice-{number}") == "mine" else "theirs"].add(Cell(*parts))
    theirs = frozenset(chosen["theirs"]) if request.POST.get("rest") == "mine" else None
    return Choice(seen, frozenset(chosen["mine"]), theirs)


def number_in(text: str) -> int | None:
    """What stands in an address or a form, when it is a number of a sensible length."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def clash_page(request: HttpRequest, form: forms.ReasonForm, act: str, refusal: BaseChanged) -> HttpResponse:
    rows = [
        {
            "cell": clash.cell,
            "key": BETWEEN.join(clash.cell),
            "base": grid.words_for(clash.base),
            "theirs": grid.words_for(clash.theirs),
            "mine": grid.words_for(clash.mine),
        }
        for clash in refusal.clashes[:ASKED]
    ]
    total = len(refusal.clashes)
    asked = {"rows": rows, "total": total, "rest": total - len(rows), "seen": refusal.version, "act": act}
    return render(request, "clash", "Somebody else was faster", 409, form=form, tab="draft", **asked)


# --- Words that wait ---


@curators("vocabulary.change_unknownskill")
def unknown_skills(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        sent = request.POST
        said = unknown.decide(member_of(request), sent.get("word", ""), act=sent.get("do", ""), of=sent.get("of", ""))
        messages.success(request, said)
        return redirect(request.get_full_path())
    rejected = bool(request.GET.get("rejected"))
    page = Paginator(unknown.queue(rejected=rejected), 25).get_page(request.GET.get("page"))
    categories = grid.by_name([entry for entry in View.of(member_of(request)).known.skills.values() if entry.is_category])
    rows = unknown.described(list(page))
    return render(request, "unknown", "Unknown skills", rows=rows, page=page, rejected=rejected, categories=categories, tab="unknown")


# --- Files ---


@curators(VIEW)
def export(request: HttpRequest) -> HttpResponse:
    name = f"alliv-matrix-{services.version_now()}.csv"
    text = sheets.exported(View.of(member_of(request)))
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@curators(EDIT)
def take(request: HttpRequest) -> HttpResponse:
    """First what a file would change, then, by the same text once more, the draft."""
    form = forms.SheetForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return render(request, "sheet", "CSV", 400 if form.is_bound else 200, form=form, tab="csv")
    view, text = View.of(member_of(request)), form.cleaned_data["text"]
    try:
        values = sheets.read(view, text)
    except sheets.WrongFile as refusal:
        return render(request, "sheet", "CSV", 400, form=forms.SheetForm(), problems=refusal.problems, tab="csv")
    except Problem as refusal:
        form.add_error("file", refusal.detail)
        return render(request, "sheet", "CSV", refusal.status, form=form, tab="csv")
    if "take" in request.POST:
        services.set_cells(member_of(request), values)
        messages.success(request, f"{len(values)} lines are in your draft, as far as they change something.")
        return redirect("matrix-draft")
    steps = sheets.differences(view, values)
    rows = [step_row(step) for step in steps[:SHOWN]]
    return render(request, "sheet", "CSV", form=form, text=text, rows=rows, total=len(steps), lines=len(values), tab="csv")


# --- The versions ---


@curators(VIEW)
def versions(request: HttpRequest) -> HttpResponse:
    found = Paginator(MatrixVersion.objects.select_related("actor__profile"), PAGE).get_page(request.GET.get("page"))
    return render(request, "versions", "Versions", page=found, tab="versions")


def version_named(number: int) -> MatrixVersion:
    found = MatrixVersion.objects.select_related("actor__profile").filter(number=number).first()
    if found is None:
        raise Http404
    return found


@curators(VIEW)
def version(request: HttpRequest, number: int) -> HttpResponse:
    return version_page(request, number, forms.ReasonForm())


def version_page(request: HttpRequest, number: int, form: forms.ReasonForm, status: int = 200) -> HttpResponse:
    found = version_named(number)
    against = number_in(request.GET.get("against", ""))
    compared = None if against is None else differences(against, number)
    rows = [row for change in found.changes for row in rows_of(change)]
    return render(
        request,
        "version",
        f"Version {number}",
        status,
        shown=found,
        rows=rows,
        compared=compared,
        against="" if against is None else against,
        form=form,
        tab="versions",
    )


def rows_of(change: Any) -> list[dict[str, Any]]:
    steps = [step_row(step) for step in cells.steps(change)]
    if steps:
        return steps
    before, after = (", ".join(str(word) for word in (side or {}).values() if word) for side in (change["before"], change["after"]))
    return [{"table": change["table"], "what": " × ".join(change["key"]), "before": before or "–", "after": after or "–"}]


def step_row(step: Step) -> dict[str, Any]:
    return {"table": step.cell.table, "what": step.cell.label, "before": grid.words_for(step.before), "after": grid.words_for(step.after)}


def differences(old: int, new: int) -> list[dict[str, Any]]:
    """What is different in `new`, cell by cell."""
    log = MatrixVersion.objects.order_by("number")
    before, after = (cells.replayed(log.filter(number__lte=number)) for number in (old, new))
    touched = sorted({cell for cell in {**before, **after} if before.get(cell) != after.get(cell)})
    return [step_row(Step(cell, before.get(cell), after.get(cell))) for cell in touched]


@curators(EDIT)
def revert(request: HttpRequest, number: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("matrix-version", number)
    return concluded(
        request,
        f"versions/{number}/revert",
        lambda form, choice: services.revert(member_of(request), number, form.cleaned_data["reason"], choice),
        lambda request, form, status: version_page(request, number, form, status),
    )
