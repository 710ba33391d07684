"""The first page of the staff's site: what needs doing, and how things go. Everybody sees what they may do something about."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Model, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from accounts.moderation.models import Report
from chat import places
from chat.models import Message
from matching.curation import unknown
from matching.curation.models import Draft
from matching.models import Match, Swipe
from ops import health
from ops.backup import age
from ops.errors import Unavailable
from ops.models import Job, Mail

DAYS = 30
KEPT_SECONDS = 40 * 24 * 3600


@dataclass(frozen=True)
class Task:
    """`urgent` stands out; `href` leads to where it is done."""

    label: str
    value: str
    href: str
    urgent: bool = False


def tasks(member: Member) -> list[Task]:
    makers: list[tuple[str, Callable[[Member], Iterator[Task]]]] = [
        ("moderation.view_case", reports),
        ("vocabulary.change_unknownskill", unknown_skills),
        ("matching.add_matrixversion", own_draft),
        ("ops.view_mail", dead_mail),
        ("ops.view_job", failed_jobs),
        ("ops.view_job", backups),
        ("ops.view_job", checks),
    ]
    return [task for right, maker in makers if member.has_perm(right) for task in maker(member)]


def reports(member: Member) -> Iterator[Task]:
    waiting = Report.objects.filter(status=Report.Status.OPEN).values("subject").distinct().count()
    yield Task("Reported members", str(waiting), reverse("admin:moderation_case_changelist"), waiting > 0)


def unknown_skills(member: Member) -> Iterator[Task]:
    waiting = unknown.queue().count()
    yield Task("Unknown skills", str(waiting), reverse("matrix-unknown"), waiting > 0)


def own_draft(member: Member) -> Iterator[Task]:
    draft = Draft.objects.filter(editor=member).annotate(size=Count("changes")).first()
    yield Task("Changes in your draft", str(draft.size if draft else 0), reverse("matrix-draft"))


def dead_mail(member: Member) -> Iterator[Task]:
    dead = Mail.objects.filter(status=Mail.Status.DEAD).count()
    yield Task("Mails given up", str(dead), reverse("admin:ops_mail_changelist") + "?status__exact=dead", dead > 0)


def failed_jobs(member: Member) -> Iterator[Task]:
    dead = Job.objects.filter(status=Job.Status.DEAD).count()
    yield Task("Jobs given up", str(dead), reverse("admin:ops_job_changelist") + "?status__exact=dead", dead > 0)


def backups(member: Member) -> Iterator[Task]:
    found = age.age()
    shown = "none" if found is None else f"{found.total_seconds() / 3600:.0f} h"
    yield Task("Age of the last verified backup", shown, "", age.is_stale())


def checks(member: Member) -> Iterator[Task]:
    report = health.readiness()
    wrong = [name for name, result in report.body["checks"].items() if result["status"] in {"unhealthy", "degraded"}]
    yield Task("Health", ", ".join(wrong) or ("well" if report.ready else "draining"), "/health/ready", bool(wrong))


# --- How things go, a day each ---


@dataclass(frozen=True)
class Bar:
    """A day of a chart, in the units of its drawing; a day without a value has no bar."""

    day: date
    value: float | None
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    title: str
    bars: list[Bar]
    unit: str = ""

    @property
    def highest(self) -> float:
        return max([bar.value or 0 for bar in self.bars], default=0)

    @property
    def last(self) -> str:
        """Of yesterday: today is not over."""
        value = self.bars[-2].value
        return "–" if value is None else f"{value:g}{self.unit}"


WIDTH, HEIGHT = 300, 80


def charts() -> list[Chart]:
    days = [timezone.now().date() - timedelta(days=back) for back in reversed(range(DAYS))]
    members = daily("members", [Member.objects.all()], "joined_at", days)
    matches = daily("matches", [Match.objects.all()], "created_at", days)
    likes = daily("likes", [recent(Swipe, days[0]).exclude(action=Swipe.Action.PASS)], "created_at", days)
    rates = {day: round(100 * matches[day] / likes[day], 1) if likes[day] else None for day in days}
    return [
        drawn("Members who joined", members),
        drawn("Matches", matches),
        drawn("Messages", messages(days)),
        drawn("Matches for 100 likes", rates, " %"),
    ]


def messages(days: list[date]) -> Mapping[date, int | None]:
    """Wherever they are; nothing is told of any day while a part of them is away."""
    try:
        return daily("messages", [recent(Message, days[0], place) for place in places.all_places()], "created_at", days)
    except Unavailable:
        return dict.fromkeys(days)


def recent(model: type[Model], first: date, place: str = places.MAIN) -> QuerySet[Any]:
    """Rows since that day by their ids, which begin with the time: the primary key finds them without an index of its own."""
    return model._default_manager.using(place).filter(pk__gte=UUID(int=int(midnight(first).timestamp() * 1000) << 80))


def daily(name: str, sources: Sequence[QuerySet[Any]], column: str, days: list[date]) -> dict[date, int]:
    """How many a day in all sources. Days that are over do not change, and are counted once."""
    keys = {f"staff:daily:{name}:{day}": day for day in days[:-1]}
    kept = {keys[key]: count for key, count in remembered(list(keys)).items()}
    missing = [day for day in days if day not in kept]
    counted: Counter[date] = Counter()
    for rows in sources:
        with places.answering(rows.db):
            counted.update(by_day(rows.order_by(), column, missing))
    remember({key: counted[day] for key, day in keys.items() if day in missing})
    return {day: kept[day] if day in kept else counted[day] for day in days}


def by_day(rows: QuerySet[Any], column: str, days: list[date]) -> dict[date, int]:
    if rows.db != places.MAIN:  # MongoDB's backend cuts no day off a time
        ranges = {day: {f"{column}__gte": midnight(day), f"{column}__lt": midnight(day + timedelta(days=1))} for day in days}
        return {day: rows.filter(**limits).count() for day, limits in ranges.items()}
    since = rows.filter(**{f"{column}__gte": midnight(days[0])}).annotate(day=TruncDate(column))
    return dict(since.values_list("day").annotate(Count("pk")))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def remembered(keys: list[str]) -> dict[str, int]:
    try:
        return dict(cache.get_many(keys))
    except Exception:  # whatever the cache's client raises: a dead cache costs time only
        return {}


def remember(counts: dict[str, int]) -> None:
    try:
        cache.set_many(counts, KEPT_SECONDS)
    except Exception:
        return


def drawn(title: str, values: Mapping[date, Any], unit: str = "") -> Chart:
    top, step = max([value or 0 for value in values.values()]) or 1, WIDTH / len(values)
    bars = []
    for place, (day, value) in enumerate(values.items()):
        height = round(HEIGHT * (value or 0) / top, 1)
        bars.append(Bar(day, value, round(place * step, 1), round(HEIGHT - height, 1), height))
    return Chart(title, bars, unit)


def home(member: Member) -> dict[str, Any]:
    return {"tasks": tasks(member), "charts": charts(), "bar_width": round(WIDTH / DAYS - 2, 1), "width": WIDTH, "height": HEIGHT}
