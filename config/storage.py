from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed, compressed files; the imports of ES modules are rewritten to hashed names too."""

    support_js_module_import_aggregation = True
