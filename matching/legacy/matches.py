"""Old matches, in their three shapes, and with them their rooms."""

from collections.abc import Sequence

from django.utils import timezone

from matching.models import Match
from matching.signals import matched, unmatched
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.sources import Document


class Matches(Importer):
    kind = "matches"
    collections = ("matches", "match")

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        olds = shapes.read(shapes.match, documents)
        found = records.targets("users", (key for old in olds.values() for key in (old.one, old.other)))
        members = [pk for pk in found.values() if pk]
        there = {(row.member_a_id, row.member_b_id): row for row in Match.objects.filter(member_a__in=members, member_b__in=members)}
        made: list[Match] = []

        def one(document: Document) -> Outcome:
            old = shapes.match(document)
            first, second = sorted(records.named(found, [key]) for key in (old.one, old.other))
            if first == second:
                raise Skip("with_oneself")
            if match := there.get((first, second)):
                return Merged(match.pk)
            match = there[first, second] = Match(member_a_id=first, member_b_id=second, created_at=old.at)
            if old.ended:
                match.ended_at = old.ended_at or timezone.now()
            made.append(match)
            return Imported(match.pk)

        outcomes = each(documents, one)
        Match.objects.bulk_create(made)
        for match in made:
            matched.send(Match, match=match)
            if match.ended_at:
                unmatched.send(Match, match=match)
        return outcomes
