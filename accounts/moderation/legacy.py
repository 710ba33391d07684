"""Old reports go into the queue. A verdict that the old system's word for it does not tell is left to staff: such a report is open."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from accounts.moderation.models import Report
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.sources import Document

OPEN_WORDS = {"", "open", "pending", "new", "submitted"}
STATUSES = {"upheld": "upheld", "confirmed": "upheld", "actioned": "upheld", "dismissed": "dismissed", "rejected": "dismissed"}
DETAILS = 1000


class Reports(Importer):
    kind = "reports"
    collections = ("reports", "report", "userreports")

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        olds = shapes.read(shapes.report, documents)
        found = records.targets("users", (key for old in olds.values() for key in (old.reporter, old.subject)))
        made: list[Report] = []
        open_ones = {(row.reporter_id, row.subject_id): row for row in Report.objects.filter(Q(status="open"), reporter__in=ids(found))}

        def one(document: Document) -> Outcome:
            old = shapes.report(document)
            reporter, subject = (records.named(found, [key]) for key in (old.reporter, old.subject))
            if reporter == subject:
                raise Skip("about_oneself")
            report = Report(
                reporter_id=reporter, subject_id=subject, created_at=old.at, status=status(old, run, document),
                reason=reason(old), details=details(old, run, document), evidence={},
            )  # fmt: skip
            if report.status == Report.Status.OPEN:
                if there := open_ones.get((reporter, subject)):
                    return Merged(there.pk)
                open_ones[reporter, subject] = report
            made.append(report)
            return Imported(report.pk)

        outcomes = each(documents, one)
        Report.objects.bulk_create(made)
        return outcomes


def ids(found: dict[str, UUID | None]) -> list[UUID]:
    return [pk for pk in found.values() if pk]


def status(old: shapes.OldReport, run: Run, document: Document) -> str:
    if old.status not in OPEN_WORDS and old.status not in STATUSES:
        run.note(document, "verdict_unknown")
    return STATUSES.get(old.status, Report.Status.OPEN)


def reason(old: shapes.OldReport) -> str:
    return old.reason if old.reason in Report.Reason.values else Report.Reason.OTHER


def details(old: shapes.OldReport, run: Run, document: Document) -> str:
    """With the old reason in front, where there is no such reason any more."""
    told = old.details if old.reason in Report.Reason.values else ": ".join(filter(None, (old.reason, old.details)))
    if len(told) > DETAILS:
        run.note(document, "details_cut")
    return told[:DETAILS]
