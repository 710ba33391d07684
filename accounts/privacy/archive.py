"""The archive itself: `data.json` and files."""

import base64
import json
import shutil
import zipfile
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import Member
from accounts.privacy import registry

ABOUT = """This is what Alliv holds about you.

data.json   every row of the database that is yours, by table; times are UTC, other members are ids
photos/     your photos as they are kept

Not in here, because it would weaken your account or tell about others:

{left_out}
"""


class Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        if isinstance(value, bytes | memoryview):
            return base64.b64encode(bytes(value)).decode()
        return super().default(value)


def write(member: Member, target: IO[bytes]) -> None:
    """Writes the member's archive. A file that has gone meanwhile is left out."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", ABOUT.format(left_out="\n".join(left_out())))
        archive.writestr("data.json", json.dumps(data_of(member), cls=Encoder, ensure_ascii=False, indent=1))
        for read in registry.files:
            for name, open_file in read(member):
                try:
                    with open_file() as source, archive.open(name, "w") as inside:
                        shutil.copyfileobj(source, inside)
                except FileNotFoundError:
                    continue


def data_of(member: Member) -> dict[str, Any]:
    tables: dict[str, list[dict[str, Any]]] = {}
    for table in registry.tables:
        tables.setdefault(table.name, []).extend(table.dump(member))
    return {"exported_at": timezone.now(), "member": member.pk, "tables": tables}


def left_out() -> list[str]:
    columns = {f"{table.name}.{column}: {why}" for table in registry.tables for column, why in table.without.items()}
    excuses = {f"{model._meta.label_lower}.{column}: {why}" for (model, column), why in registry.covered.items() if why != "exported"}
    return sorted(columns | excuses)
