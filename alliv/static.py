"""Static files with their content's hash in the name, so that browsers may keep them for ever."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLE_SHEETS = ("css/tokens.css", "css/layout.css", "css/components.css")
JOINED = "css/alliv.css"


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped library
    # Hash the paths that our own ES modules import, too.
    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Makes one style sheet of those that lie apart in the source, before names are hashed and files compressed."""
        if not dry_run and set(STYLE_SHEETS) <= set(paths):
            Path(self.path(JOINED)).write_text(joined(Path(self.path(name)).read_text("utf-8") for name in STYLE_SHEETS), "utf-8")
            paths[JOINED] = (self, JOINED)
        yield from super().post_process(paths, dry_run, **options)


def joined(sheets: Iterator[str]) -> str:
    """The sheets in their order, without what only readers of the source need: comments, indentation, empty lines."""
    text = re.sub(r"/\*.*?\*/", "", "\n".join(sheets), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip() + "\n"
