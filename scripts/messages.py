"""Compiles the translations: every `locale/*/LC_MESSAGES/django.po` into the `.mo` beside it, when it is newer.

    python3 scripts/messages.py

Only the standard library, so that running Alliv needs no gettext tools; writing translations does (`manage.py makemessages`).
"""

import ast
import struct
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAGIC = 0x950412DE


def entries(text: str) -> Iterator[tuple[str, str]]:
    """Key and translation of each entry as gettext looks them up: plural forms and contexts joined by NUL and EOT; fuzzy ones left out."""
    for block in text.split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#, ") and "fuzzy" in line:
                break
            if line.startswith("msg"):
                name, _, line = line.partition(" ")
                parts[name] = ""
            if line.startswith('"'):
                parts[name] += ast.literal_eval(line)
        else:
            if "msgid" in parts:
                yield key_of(parts), "\0".join(value for name, value in parts.items() if name.startswith("msgstr"))


def key_of(parts: dict[str, str]) -> str:
    context = f"{parts['msgctxt']}\4" if "msgctxt" in parts else ""
    plural = f"\0{parts['msgid_plural']}" if "msgid_plural" in parts else ""
    return f"{context}{parts['msgid']}{plural}"


def compiled(text: str) -> bytes:
    """A GNU .mo file: a head, a table of keys, a table of translations, and the strings, keys in order."""
    rows = sorted((key.encode(), value.encode()) for key, value in entries(text) if value)
    tables, strings = [], b""
    start = 28 + 16 * len(rows)
    for column in (0, 1):
        for row in rows:
            tables.append(struct.pack("<II", len(row[column]), start + len(strings)))
            strings += row[column] + b"\0"
    return struct.pack("<7I", MAGIC, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0) + b"".join(tables) + strings


def compile_all(root: Path = ROOT) -> None:
    for source in root.glob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            target.write_bytes(compiled(source.read_text(encoding="utf-8")))


if __name__ == "__main__":
    compile_all()
