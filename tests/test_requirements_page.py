"""The pages for those who asked and those who operate: whatever they name exists."""

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.named import ROOT, example_settings, make_targets, read_settings, routes, shape, wrong_with

pytestmark = pytest.mark.unit

OLD = "From the old addresses to the new"
ASKED = [
    "django", "djangorestframework", "channels", "channels-redis", "djongo", "django-ratelimit", "django-rq", "sentence-transformers",
    "pillow", "django-prometheus", "pytest-django", "factory-boy",
]  # fmt: skip
ADDRESS = re.compile(r"(?:(GET|POST|PUT|PATCH|DELETE) )?(/\S*)")
FILE = re.compile(r"[\w./-]+\.(?:py|md|ya?ml|json|toml|ini|conf|js|css|html|txt|example)|\.ci/\w+|[\w-]+(?:/[\w-]+)*/")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    titles = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(titles[1::2], titles[2::2], strict=True))


def rows(section: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def described(name: str) -> str:
    """The page without what it says of the old system's addresses."""
    text = page(name)
    return re.sub(r"^\| `/[^|]*\|", "|", text, flags=re.MULTILINE) if name == "requirements.md" else text


def commands_in(text: str) -> Iterator[list[str]]:
    """Every `manage.py …`, in a sentence or in a crontab."""
    for words in re.findall(r"manage\.py ([a-z_]+(?:[^\n`&>|;,)]*))", text):
        yield shlex.split(words)


def problem(word: str) -> str | None:
    """What is wrong with a word in backticks; None for one that is right or names nothing we could look up."""
    if word.startswith("make "):
        return None if word.split()[1] in make_targets() else "no such target"
    if address := ADDRESS.fullmatch(word):
        return wrong_address(address[1], address[2])
    path, _, test = word.partition("::")
    if FILE.fullmatch(path):
        return wrong_file(path, test)
    if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(=.*)?", word):
        return None if word.partition("=")[0] in example_settings() else "no such setting"
    return None


def wrong_address(method: str | None, path: str) -> str | None:
    methods = routes().get(shape(path))
    if methods is None:
        prefix = path.endswith("/") and any(route.startswith(path) for route in routes())
        return None if prefix else "no such address"
    return None if method is None or method.lower() in methods else f"no {method} there"


def wrong_file(path: str, test: str) -> str | None:
    if not (ROOT / path).exists():
        return "no such file"
    if test and not re.search(rf"^\s*def {test}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE):
        return "no such test"
    return None


@pytest.mark.parametrize("name", ["requirements.md", "operations.md", "api.md"])
def test_every_file_target_address_and_setting_exists(name: str) -> None:
    found = {word: problem(word) for word in words(described(name))}
    assert {word: wrong for word, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", ["requirements.md", "operations.md"])
def test_every_command_exists_with_its_flags(name: str) -> None:
    found = list(commands_in(page(name)))
    assert found
    assert [wrong for words in found if (wrong := wrong_with(words))] == []


def test_each_of_the_sixteen_wishes_has_a_row_with_a_place_and_a_proof() -> None:
    wishes = rows(sections(page("requirements.md"))["The sixteen wishes"])
    assert [row[0] for row in wishes] == [str(number) for number in range(1, 17)]
    for number, wish, where, proof, differently, left in wishes:
        assert wish, number
        assert differently, number
        assert left, number
        assert any(FILE.fullmatch(word) for word in words(where)), number
        assert any(is_proof(word) for word in words(proof)), number


def test_each_package_has_a_row_and_is_installed_unless_it_says_not() -> None:
    packages = rows(sections(page("requirements.md"))["The packages"])
    assert [row[0] for row in packages] == ASKED
    installed = (ROOT / "requirements.txt").read_text(encoding="utf-8") + (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
    names = {name.lower() for name in re.findall(r"^([\w-]+)(?:\[.*\])?==", installed, re.MULTILINE)}
    assert {row[0] for row in packages if "Not installed" not in row[3]} == set(ASKED) & names
    for name, _, proof, differently in packages:
        assert any(is_proof(word) for word in words(proof)) or "Not installed" in differently, name
        assert differently, name


def is_proof(word: str) -> bool:
    """Something that can be run: a command, a target, or a test that pytest collects."""
    path = ROOT / word.partition("::")[0]
    return word.startswith(("make ", "manage.py ")) or (path.name.startswith("test_") and path.is_file())


def test_what_is_left_is_said_in_one_place() -> None:
    """Whatever a row calls not yet is also in the list of what is left."""
    left = sections(page("requirements.md"))["Left for later"].lower()
    for promised in ("mongodb", "smtp", "feed", "projects", "events", "analytics"):
        assert promised in left


def test_every_old_address_leads_to_a_new_one() -> None:
    moved = rows(sections(page("requirements.md"))[OLD])
    olds = {re.split(r"[`:]", row[0].lstrip("`"))[0] for row in moved}
    asked = {"/auth/*", "/discover/online", "/discover/nearby", "/uploads", "/chats", "/swipes", "/admin/skill-compatibility", "Socket.IO"}
    assert olds == asked
    assert all(words(row[1]) for row in moved)


def test_every_frame_that_is_named_is_one_of_the_protocol() -> None:
    described = (ROOT / "asyncapi.yaml").read_text(encoding="utf-8")
    moved = rows(sections(page("requirements.md"))[OLD])
    frames = {word for row in moved if row[1].startswith("frames") for word in words(row[1])}
    assert frames == {frame for frame in frames if f"const: {frame}}}" in described} != set()


def test_the_runbook_knows_every_code_of_the_health_checks() -> None:
    source = (ROOT / "ops" / "health.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Unhealthy\("(\w+)"\)|"code": "(\w+)"', source)) | {("refused", ""), ("failed", "")}
    assert {one or other for one, other in codes} == {words(row[0])[0] for row in rows(sections(page("operations.md"))["Health"])}


def test_what_is_wrong_would_be_seen() -> None:
    """The checks above find what they look for."""
    wrong = ["tests/test_nothing.py", "tests/named.py::test_nothing", "make nothing", "/api/nothing", "PUT /api/me", "NO_SETTING"]
    assert [word for word in wrong if not problem(word)] == []
    right = ["tests/named.py", "make test", "/ws/chat", "GET /api/blocks", "DELETE /api/blocks/{member}", "DB_POOL_MAX", "anything else"]
    assert [word for word in right if problem(word)] == []
    assert wrong_with(["nothing"])
    assert wrong_with(["backup", "--nothing"])
    assert "SECRET_KEY" in read_settings()
