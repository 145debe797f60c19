"""What must hold of the repository itself."""

import re
import socket
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string

ROOT = Path(__file__).parent.parent
# Ours by name or by where it lies; everything else that is minified or binary is somebody else's.
THIRD_PARTY = re.compile(r"\.min\.(js|css)$|\.(woff2?|ttf|otf|eot|jar|whl)$|(^|/)node_modules/")
VARIABLE = re.compile(r"\b(?:CATENA_[A-Z_]+|DATABASE_URL)\b")
READ = re.compile(r"""(?:text|flag|number|limits|choice)\(\s*"(CATENA_[A-Z_]+|DATABASE_URL)\"""")


def committed() -> list[str]:
    """Files that are, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("This is no clone, so nothing tells what is committed.")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_layers() -> None:
    lint = ROOT / ".venv" / "bin" / "lint-imports"
    if not lint.exists():
        pytest.skip("import-linter is not installed here.")
    ended = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def test_nothing_of_others_is_committed() -> None:
    assert [name for name in committed() if THIRD_PARTY.search(name)] == []


def test_no_secret_is_committed() -> None:
    assert [name for name in committed() if Path(name).name in {".env", "secret-key"}] == []


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    sources = [ROOT / "config" / "settings.py", ROOT / "config" / "environment.py"]
    read = {name for path in sources for name in READ.findall(path.read_text())}
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/operations.md").read_text(), re.M)
    assert sorted(rows) == sorted(set(rows))
    assert set(rows) == read


def test_compose_and_its_example_set_only_what_exists() -> None:
    read = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/operations.md").read_text(), re.M))
    for name in ("compose.yaml", ".env.example", "Dockerfile"):
        assert set(VARIABLE.findall((ROOT / name).read_text())) - read == set(), name


def test_every_command_is_documented() -> None:
    told = "\n".join(path.read_text() for path in documents())
    commands = {
        path.stem
        for path in ROOT.glob("*/management/commands/*.py")
        if not path.stem.startswith("_")
    }
    assert {name for name in commands if f"manage.py {name}" not in told} == set()


def test_every_target_of_make_is_documented() -> None:
    [phony] = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.M)
    told = "\n".join(path.read_text() for path in documents())
    assert {name for name in phony.split() if f"make {name}" not in told} == set()


def test_every_marker_is_documented() -> None:
    markers = re.findall(r'^    "(\w+): ', (ROOT / "pyproject.toml").read_text(), re.M)
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/testing.md").read_text(), re.M)
    assert rows == markers


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_in_the_documentation_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text())
    local = [link.partition("#")[0] for link in links if not re.match(r"https?:|mailto:|#", link)]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_requirements_are_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
        assert [line for line in wanted if "==" not in line] == []


class TestGuards:
    """What tests/conftest.py promises."""

    def test_nothing_else_is_reached(self) -> None:
        with pytest.raises(pytest.fail.Exception, match=r"look up 'example\.org'"):
            socket.create_connection(("example.org", 80), timeout=1)
        refused = pytest.raises(pytest.fail.Exception, match=r"connect to \('192\.0\.2\.1', 80\)")
        with socket.socket() as ours, refused:
            ours.connect(("192.0.2.1", 80))

    def test_a_variable_without_a_value_fails(self) -> None:
        with pytest.raises(pytest.fail.Exception, match="which has no value here"):
            render_to_string("reader/error.html")
