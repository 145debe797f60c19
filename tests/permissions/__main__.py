"""Write docs/permissions.md anew."""

from pathlib import Path

from tests.permissions.table import document

Path("docs/permissions.md").write_text(document())
