"""Addresses of old photos, kept for a later fetch. Nothing is fetched here: what lies there may be gone, or no photo."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from media.models import OldPhoto
from ops.legacy import records, shapes
from ops.legacy.importing import Importer, Run, each
from ops.legacy.outcomes import Imported, Merged, Outcome, Skip
from ops.legacy.sources import Document

LONGEST = OldPhoto._meta.get_field("url").max_length or 0


class Photos(Importer):
    kind = "photos"
    collections = ("photos", "photo", "userphotos", "images")

    def bring(self, documents: Sequence[Document], run: Run) -> list[Outcome]:
        olds = shapes.read(shapes.photo, documents)
        found = records.targets("users", (old.owner for old in olds.values()))

        def one(document: Document) -> Outcome:
            old = shapes.photo(document)
            member = records.named(found, [old.owner])
            if len(old.url) > LONGEST:
                raise Skip("url_too_long")
            row, created = OldPhoto.objects.get_or_create(member_id=member, url=old.url)
            return Imported(row.pk) if created else Merged(row.pk)

        return each(documents, one)


def keep_addresses(sender: Any, urls: Mapping[UUID, Sequence[str]], **kwargs: Any) -> None:
    """Receiver of `photos_named`: those that profiles speak of."""
    rows = [OldPhoto(member_id=member, url=url) for member, those in urls.items() for url in those if len(url) <= LONGEST]
    OldPhoto.objects.bulk_create(rows, ignore_conflicts=True)
