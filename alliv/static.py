"""Static files with their content's hash in the name, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped library
    # Hash the paths that our own ES modules import, too.
    support_js_module_import_aggregation = True
