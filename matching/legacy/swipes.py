"""Old decisions. They make no matches: two likes without a match may be two who parted."""

from collections.abc import Sequence

from matching.models import Swipe
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.sources import Document

NOTE = 300


class Swipes(Importer):
    kind = "swipes"
    collections = ("swipes", "swipe", "likes", "interactions")

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        olds = shapes.read(shapes.swipe, documents)
        found = records.targets("users", (key for old in olds.values() for key in (old.actor, old.target)))
        actors = [pk for pk in found.values() if pk]
        there = {(row.actor_id, row.target_id): row for row in Swipe.objects.filter(actor__in=actors, target__in=actors)}
        made: list[Swipe] = []

        def one(document: Document) -> Outcome:
            old = shapes.swipe(document)
            actor, target = (records.named(found, [key]) for key in (old.actor, old.target))
            if actor == target:
                raise Skip("about_oneself")
            if first := there.get((actor, target)):
                if first.action != old.action:
                    run.note(document, "other_decision_before")
                return Merged(first.pk)
            if len(old.note) > NOTE:
                run.note(document, "note_cut")
            swipe = Swipe(actor_id=actor, target_id=target, action=old.action, note=old.note[:NOTE], created_at=old.at)
            there[actor, target] = swipe
            made.append(swipe)
            return Imported(swipe.pk)

        outcomes = each(documents, one)
        Swipe.objects.bulk_create(made)
        return outcomes
