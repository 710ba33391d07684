"""Whatever staff change or look at is in the audit, by whichever door; nobody changes the audit, and leaving members are taken out of it."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from accounts import services as accounts
from accounts.audit import services
from accounts.audit.models import Entry
from accounts.models import Member
from accounts.vocabulary.models import Skill
from matching.models import SkillPair
from ops.models import Mail
from tests.factories import EntryFactory, MailFactory, MemberFactory
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def staff(client: Client, sam: Member) -> Client:
    client.force_login(sam)
    return client


def entries(**wanted: Any) -> list[Entry]:
    return list(Entry.objects.filter(**wanted).order_by("id"))


class TestRecording:
    def test_a_changed_row_is_kept_with_what_it_was_and_became(self, staff: Client, sam: Member) -> None:
        pair = SkillPair.objects.first()
        body = {"skill_a": pair.skill_a_id, "skill_b": pair.skill_b_id, "score": "0.11"}
        answer = staff.post(f"/admin/matching/skillpair/{pair.pk}/change/", body)
        entry = entries(what="matching.skillpair")[0]
        assert (entry.actor, entry.act, entry.object_id) == (sam, "change", str(pair.pk))
        assert (entry.before["score"], entry.after["score"]) == (pair.score, 0.11)
        assert entry.request_id == answer["X-Request-ID"]

    def test_the_api_is_no_other_door(self, sam: Member) -> None:
        client = api(sam)
        row = client.post("/api/admin/skill-compatibility", {"skill_a": "Python", "skill_b": "Figma", "score": 0.5}).json()
        client.get(f"/api/admin/skill-compatibility/{row['id']}")
        assert [(entry.act, entry.actor) for entry in entries(what="matching.skillpair")] == [("add", sam)]
        assert [entry.path for entry in entries(act="look")] == [f"/api/admin/skill-compatibility/{row['id']}"]

    def test_a_deleted_row_is_kept_as_it_was(self, staff: Client) -> None:
        skill = Skill.objects.get(name="Figma")
        staff.post(f"/admin/vocabulary/skill/{skill.pk}/delete/", {"post": "yes"})
        entry = entries(what="vocabulary.skill")[0]
        assert (entry.act, entry.before["name"], entry.after) == ("delete", "Figma", None)

    def test_rights_that_are_given_are_seen(self, staff: Client, sam: Member) -> None:
        group = Group.objects.create(name="readers")
        staff.post(f"/admin/auth/group/{group.pk}/change/", {"name": "readers", "permissions": ["1"]})
        assert [entry.after for entry in entries(what="auth.group")] == [{"auth.group_permissions": ["1"]}]

    def test_looking_at_a_member_is_told_of_that_member_and_searching_tells_no_word(self, staff: Client, ana: Member, sam: Member) -> None:
        staff.get(f"/admin/accounts/member/{ana.pk}/change/")
        staff.get("/admin/accounts/member/?q=ana@example.org")
        looks = entries(act="look")
        assert [(look.subject, look.actor) for look in looks] == [(ana, sam), (None, sam)]
        assert looks[1].path == "/admin/accounts/member/"
        assert not [look for look in looks if "ana@" in json.dumps([look.path, look.after])]

    def test_what_the_site_withholds_stays_out(self, staff: Client) -> None:
        mail = MailFactory(status=Mail.Status.DEAD)
        staff.post("/admin/ops/mail/", {"action": "send_again", "_selected_action": [str(mail.pk)]})
        kept = json.dumps([[entry.before, entry.after] for entry in entries()])
        assert "123456" not in kept

    def test_what_members_do_is_not_recorded(self, ana: Member, staff: Client) -> None:
        api(ana).patch("/api/me", {"headline": "New"})
        staff.get("/discover/")
        assert not entries()

    def test_who_is_refused_or_anonymous_leaves_no_entry(self, ana: Member) -> None:
        browser = Client()
        browser.get("/admin/")
        browser.force_login(ana)
        browser.get("/admin/")
        assert not entries()


class TestAppendOnly:
    def test_nothing_is_changed_or_deleted(self, db: None) -> None:
        entry = EntryFactory()
        acts = [entry.save, entry.delete, Entry.objects.all().delete, lambda: Entry.objects.update(path="/")]
        for act in acts:
            with pytest.raises(TypeError):
                act()

    def test_nor_in_the_admin(self, staff: Client) -> None:
        entry = EntryFactory()
        assert staff.get(f"/admin/audit/entry/{entry.pk}/change/").status_code == 200
        assert staff.post(f"/admin/audit/entry/{entry.pk}/change/", {}).status_code == 403
        assert staff.get(f"/admin/audit/entry/{entry.pk}/delete/").status_code == 403

    def test_a_member_who_leaves_takes_along_what_was_kept_of_them(self, ana: Member, staff: Client) -> None:
        EntryFactory(act="change", subject=ana, before={"name": "Ana"}, after={"name": "Anna"})
        staff.post(f"/admin/accounts/member/{ana.pk}/delete/", {"post": "yes"})
        kept = entries()
        assert {entry.act for entry in kept} >= {"change", "delete"}
        assert "Ana" not in json.dumps([[entry.before, entry.after] for entry in kept])

    def test_so_does_one_who_leaves_by_themselves(self, ana: Member) -> None:
        entry = EntryFactory(act="change", subject=ana, before={"name": "Ana"})
        accounts.erase_member(ana)
        entry.refresh_from_db()
        assert (entry.subject, entry.before) == (None, None)
        services.forget(MemberFactory())


class TestReading:
    @pytest.mark.parametrize(
        ("search", "found"),
        [("", 4), ("kim@example.org", 2), ("ANA@example.org", 1), ("req-1", 1), ("row-7", 1), ("nothing", 0)],
    )
    def test_searching_takes_whole_words(self, search: str, found: int, staff: Client, ana: Member) -> None:
        kim = MemberFactory(email="kim@example.org", is_staff=True)
        EntryFactory(actor=kim, request_id="req-1")
        EntryFactory(actor=kim, object_id="row-7")
        EntryFactory(subject=ana)
        EntryFactory()
        answer = staff.get("/admin/audit/entry/", {"q": search} if search else {})
        assert answer.context["cl"].result_count == found

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ([], 3),
            (["--actor", "kim@example.org"], 2),
            (["--act", "change"], 1),
            (["--about", "ana@example.org"], 1),
            (["--about", "row-7"], 1),
            (["--request", "req-1"], 1),
            (["--days", "1"], 3),
            (["--limit", "1"], 1),
        ],
    )
    def test_the_command_prints_what_is_asked_for(self, options: list[str], found: int, ana: Member) -> None:
        kim = MemberFactory(email="kim@example.org", is_staff=True)
        EntryFactory(actor=kim, request_id="req-1", act="change", before={"a": 1}, after={"a": 2})
        EntryFactory(actor=kim, object_id="row-7")
        EntryFactory(subject=ana)
        plain, rows = StringIO(), StringIO()
        call_command("audit", *options, stdout=plain)
        call_command("audit", *options, "--json", stdout=rows)
        lines = [json.loads(line) for line in rows.getvalue().splitlines()]
        assert len(lines) == len(plain.getvalue().splitlines()) == found
        assert set(lines[0]) >= {"actor", "act", "before", "after", "request_id", "created_at"}

    def test_the_examples_that_staff_read_work(self, settings: Any, ana: Member) -> None:
        sam = MemberFactory(email="sam@example.org", is_staff=True)
        EntryFactory(actor=sam, subject=ana, act="change")
        guide = (settings.BASE_DIR / "docs" / "staff.md").read_text()
        examples = re.findall(r"manage\.py audit (.+)", guide)
        assert len(examples) == 2
        for example in examples:
            call_command("audit", *example.split(), stdout=(out := StringIO()))
            assert out.getvalue().count("\n") == 1, example
        assert all(f"`{act}`" in guide for act in Entry.Act.values)
