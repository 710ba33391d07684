"""CSV out and in: everything or nothing, wrong lines by name, and nothing that a spreadsheet would run."""

import csv
import io
import random
import re
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Member
from accounts.vocabulary.models import Skill
from matching.curation import cells, services, sheets
from matching.curation.cells import Cell
from matching.curation.grid import View
from matching.curation.models import DraftChange
from matching.curation.sheets import WrongFile
from matching.curation.tests.cast import BACKEND_FRONTEND, PYTHON_FIGMA, holds, value
from ops.errors import TooLarge
from tests.browser import Browser
from tests.factories import SkillFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

HEAD = "table,a,b,value\n"


def read(editor: Member, lines: str) -> dict[Cell, float | None]:
    return sheets.read(View.of(editor), HEAD + lines)


def test_what_went_out_comes_in_as_it_was(cora: Member) -> None:
    text = sheets.exported(View.of(cora))
    assert text.startswith("table,a,b,value\r\n")
    assert sheets.read(View.of(cora), text) == cells.published()


def test_the_example_that_staff_read_is_taken(cora: Member, settings: Any) -> None:
    (example,) = re.findall(r"```csv\n(.*?)```", (settings.BASE_DIR / "docs" / "staff.md").read_text(), re.DOTALL)
    assert example.startswith(HEAD)
    assert sorted(sheets.read(View.of(cora), example).values(), key=str) == [0.08, 0.2, 0.95, None]


def test_names_aliases_and_either_order_are_understood(cora: Member) -> None:
    assert read(cora, "skill_pairs,frontend,BACKEND,50\nskill_pairs,figma,py,\nweights,field,,0.3\n") == {
        BACKEND_FRONTEND: 0.5,
        PYTHON_FIGMA: None,
        Cell("weights", "field"): 0.3,
    }


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ("skill_pairs,Backend,Frontend,.5\nskill_pairs,Backend,Telepathy,.5\n", 3, "Nothing there is called 'Telepathy'."),
        ("skill_pairs,Backend,Frontend,2x\n", 2, "between 0 and 1"),
        ("skill_pairs,Backend,Frontend,101\n", 2, "between 0 and 1"),
        ("skill_pairs,Backend,backend,.5\n", 2, "two different ends"),
        ("friends,Backend,Frontend,.5\n", 2, "There is no table 'friends'"),
        ("skill_pairs,Backend,Frontend,.5\nskill_pairs,Frontend,Backend,.6\n", 3, "earlier line"),
        ("weights,field,,\n", 2, "A weight has a value"),
        ("weights,charm,,.5\n", 2, "Nothing there is called 'charm'."),
        ("field_synergies,Law,Nothing,.5\n", 2, "Nothing there is called 'Nothing'."),
    ],
)
def test_a_wrong_line_is_named_with_its_reason(lines: str, line: int, reason: str, cora: Member) -> None:
    with pytest.raises(WrongFile) as refusal:
        read(cora, lines)
    assert [number for number, _ in refusal.value.problems] == [line]
    assert reason in refusal.value.problems[0][1]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", HEAD + "skill_pairs,Backend\n", '"'])
def test_what_is_no_such_table_is_refused(text: str, cora: Member) -> None:
    with pytest.raises(WrongFile):
        sheets.read(View.of(cora), text)


def test_too_much_is_refused_before_it_is_read(cora: Member) -> None:
    with pytest.raises(TooLarge):
        read(cora, "x" * sheets.MOST_BYTES)


def test_formulas_are_text_on_the_way_out_and_back(cora: Member) -> None:
    for name in ("=1+1", "+HYPERLINK", "@SUM"):
        SkillFactory(name=name, category=Skill.objects.get(name="Backend"))
    first = Cell("skill_pairs", "+HYPERLINK", "=1+1")
    services.set_cells(cora, {first: 0.5, Cell("skill_pairs", "@SUM", "Backend"): 0.4})
    services.publish(cora, "Odd names")
    text = sheets.exported(View.of(cora))
    names = [name for row in csv.DictReader(io.StringIO(text)) for name in (row["a"], row["b"])]
    assert not [name for name in names if name.startswith(sheets.FORMULAS)]
    assert "'=1+1" in names
    assert sheets.read(View.of(cora), text)[first] == 0.5


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("matrix.csv", text.encode())


def test_first_the_difference_then_the_draft(cora: Member) -> None:
    browser = Browser(cora).open("/admin/matrix/csv/")
    answer = browser.client.post(
        "/admin/matrix/csv/", {"file": upload(HEAD + "skill_pairs,Backend,Frontend,.5\nskill_pairs,UI/UX,Frontend,.9\n")},
        headers={"referer": "http://testserver/admin/matrix/csv/", "x-csrftoken": browser.client.cookies["csrftoken"].value},
    )  # fmt: skip
    browser._took(answer_of(answer), "/admin/matrix/csv/", 200)
    assert "2 lines; 1 would change your draft" in browser.text
    assert not DraftChange.objects.exists()
    browser.press("Take it into the draft")
    assert [(row.a, row.after) for row in DraftChange.objects.all()] == [("Backend", 0.5)]


def answer_of(answer: object) -> object:
    answer.redirect_chain = []  # type: ignore[attr-defined]
    return answer


def test_one_wrong_line_and_nothing_is_taken(cora: Member, client: object) -> None:
    browser = Browser(cora)
    browser.client.handler.enforce_csrf_checks = False
    text = HEAD + "skill_pairs,Backend,Frontend,.5\nskill_pairs,Backend,Telepathy,.5\n"
    for body in ({"file": upload(text)}, {"text": text, "take": "1"}):
        answer = browser.client.post("/admin/matrix/csv/", body)
        assert answer.status_code == 400
        assert "Line 3: Nothing there is called" in answer.content.decode()
    assert not DraftChange.objects.exists()
    assert "Choose a file" in browser.client.post("/admin/matrix/csv/", {"text": ""}).content.decode()


def test_a_cell_that_no_table_has_room_for_is_a_wrong_file(cora: Member) -> None:
    with pytest.raises(WrongFile):
        read(cora, f"skill_pairs,{'x' * 200_000},Backend,.5\n")


def test_the_published_matrix_is_downloaded(cora: Member) -> None:
    answer = Browser(cora).client.get("/admin/matrix/export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="alliv-matrix-1.csv"'
    assert "skill_pairs,Backend,Frontend,0.95" in answer.content.decode()


@pytest.mark.slow
def test_ten_thousand_lines_take_seconds(cora: Member) -> None:
    names, rng = list(Skill.objects.values_list("name", flat=True)), random.Random(7)
    pairs = {cells.cell("skill_pairs", *rng.sample(names, 2)): round(rng.random(), 2) for _ in range(10_200)}
    out = io.StringIO()
    csv.writer(out).writerows([found.table, found.a, found.b, worth] for found, worth in list(pairs.items())[:10_000])
    began = time.perf_counter()
    values = read(cora, out.getvalue())
    services.set_cells(cora, values)
    took = time.perf_counter() - began
    assert len(values) == 10_000
    version = services.publish(cora, "All of it")
    assert len(version.changes) > 9_900
    assert value(next(iter(pairs))) == next(iter(pairs.values()))
    assert holds()
    assert took < 10
