"""Each role does its work, and nothing else: every page and door of the staff, asked as each of them."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from accounts.audit.models import Entry
from accounts.models import Member
from accounts.vocabulary.models import Skill, UnknownSkill
from alliv import roles
from chat import services as chat
from matching import services as matching
from matching.models import SkillPair
from media.models import Photo
from ops.models import Job, Mail
from tests.factories import JobFactory, MailFactory, MemberFactory, PhotoFactory, ReportFactory
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

LISTS = [reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry]
OPEN = {
    "curator": {
        "matching/skillpair", "matching/fieldsynergy", "matching/boost", "matching/weights", "matching/matrixversion",
        "vocabulary/skill", "vocabulary/field", "vocabulary/fieldgroup", "vocabulary/unknownskill",
    },
    "moderator": {"moderation/case", "moderation/decision", "moderation/report", "accounts/member", "trust/fact", "media/photo", "chat/room"},
    "operator": {"ops/mail", "ops/job", "audit/entry"},
}  # fmt: skip


def in_role(role: str) -> Client:
    member = MemberFactory(email=f"{role}@example.org", is_staff=True, profile__visibility="hidden")
    member.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(member)
    client.member = member  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize("role", OPEN)
def test_a_role_opens_its_lists_and_no_other(role: str) -> None:
    client = in_role(role)
    answers = {page.removeprefix("/admin/").rstrip("/"): client.get(page).status_code for page in LISTS}
    assert {page for page, status in answers.items() if status == 200} == OPEN[role]
    assert {status for page, status in answers.items() if page not in OPEN[role]} == {403}


def test_every_right_of_a_role_exists() -> None:
    for name, rights in roles.ROLES.items():
        assert Group.objects.get(name=name).permissions.count() == len(rights)
        assert len(roles.permissions(rights)) == len(rights)


def test_what_an_operator_of_the_site_adds_to_a_group_stays() -> None:
    group = Group.objects.get(name="curator")
    extra = Permission.objects.get(codename="view_mail")
    group.permissions.add(extra)
    roles.provide(None)
    assert extra in group.permissions.all()


class TestHome:
    @pytest.mark.parametrize(
        ("role", "tasks"),
        [
            ("curator", {"Unknown skills", "Changes in your draft"}),
            ("moderator", {"Reported members"}),
            ("operator", {"Mails given up", "Jobs given up", "Age of the last verified backup", "Health"}),
        ],
    )
    def test_everybody_sees_what_they_may_do_something_about(self, role: str, tasks: set[str]) -> None:
        answer = in_role(role).get("/admin/")
        assert {task.label for task in answer.context["tasks"]} == tasks

    def test_it_counts_what_waits(self, sam: Member, ana: Member, ben: Member) -> None:
        ReportFactory(reporter=ana, subject=ben)
        UnknownSkill.objects.create(name="Weaving", key="weaving")
        MailFactory(status=Mail.Status.DEAD)
        JobFactory(status=Job.Status.DEAD)
        client = Client()
        client.force_login(sam)
        found = {task.label: task.value for task in client.get("/admin/").context["tasks"]}
        assert [found[name] for name in ("Reported members", "Unknown skills", "Mails given up", "Jobs given up")] == ["1"] * 4
        assert found["Age of the last verified backup"] == "none"

    def test_charts_count_each_day(self, sam: Member, ana: Member, ben: Member) -> None:
        matching.swipe(ana, ben.pk, "like")
        matching.swipe(ben, ana.pk, "like")
        client = Client()
        client.force_login(sam)
        for _ in range(2):  # also from what is kept
            charts = {chart.title: chart for chart in client.get("/admin/").context["charts"]}
            assert [bar.value for bar in charts["Members who joined"].bars][-2:] == [0, 3]
            assert charts["Matches"].bars[-1].value == 1
            assert charts["Matches for 100 likes"].bars[-1].value == 50.0
            assert charts["Matches for 100 likes"].bars[-2].value is None


class TestCurator:
    def test_it_publishes_a_pair(self) -> None:
        client = in_role("curator")
        body = {"skill_a": "Python", "skill_b": "Figma", "score": 0.5}
        assert api(client.member).post("/api/admin/skill-compatibility", body).status_code == 201  # type: ignore[attr-defined]
        assert client.post("/admin/matrix/cell/", {"table": "skill_pairs", "a": "Python", "b": "React", "value": "50"}).status_code == 302
        client.post("/admin/matrix/publish/", {"reason": "They fit"})
        assert SkillPair.objects.filter(score=0.5).count() == 2
        skill = Skill.objects.get(name="Figma")
        assert client.get(f"/admin/vocabulary/skill/{skill.pk}/change/").status_code == 200

    @pytest.mark.parametrize("role", ["moderator", "operator"])
    def test_the_others_do_not(self, role: str) -> None:
        client = in_role(role)
        body = {"skill_a": "Python", "skill_b": "Figma", "score": 0.5}
        assert api(client.member).post("/api/admin/skill-compatibility", body).status_code == 403  # type: ignore[attr-defined]
        for page in ("", "draft/", "publish/", "csv/", "unknown/", "versions/1/revert/"):
            assert client.post(f"/admin/matrix/{page}", {"reason": "x"}).status_code == 403


class TestModerator:
    def test_it_decides_about_a_reported_member_and_hides_a_photo(self, ana: Member, ben: Member) -> None:
        ReportFactory(reporter=ana, subject=ben)
        photo = PhotoFactory(member=ben)
        client = in_role("moderator")
        assert client.post(f"/admin/moderation/case/{ben.pk}/change/", {"kind": "warn", "note": "Be kind"}).status_code == 302
        for act, status in (("hide", "hidden"), ("show", "ready")):
            client.post("/admin/media/photo/", {"action": act, "_selected_action": [str(photo.pk)]})
            assert Photo.objects.get().status == status

    @pytest.mark.parametrize("role", ["curator", "operator"])
    def test_the_others_do_not(self, role: str, ana: Member, ben: Member) -> None:
        ReportFactory(reporter=ana, subject=ben)
        client = in_role(role)
        assert client.get(f"/admin/moderation/case/{ben.pk}/change/").status_code in {403, 404}
        assert client.post("/admin/media/photo/", {"action": "hide"}).status_code == 403


class TestConversations:
    """What was said is read by moderators only, only where one reported the other, and every look is in the audit."""

    @pytest.fixture
    def room(self, ana: Member, ben: Member) -> str:
        matching.swipe(ana, ben.pk, "like")
        match = matching.swipe(ben, ana.pk, "like")[1]
        assert match
        chat.send_message(ana, match.pk, client_id=match.pk, body="A secret between the two of us")
        return f"/admin/chat/room/{match.pk}/change/"

    def reads(self, client: Client, room: str) -> bool:
        return "A secret between" in client.get(room).content.decode()

    def test_nobody_reads_a_room_that_nobody_reported(self, room: str, sam: Member) -> None:
        client = Client()
        client.force_login(sam)
        assert not self.reads(client, room)
        assert not self.reads(in_role("moderator"), room)
        assert not Entry.objects.filter(act="read").exists()

    def test_a_moderator_reads_a_reported_one_and_is_seen_reading(self, room: str, ana: Member, ben: Member, cleo: Member) -> None:
        ReportFactory(reporter=cleo, subject=ben)
        client = in_role("moderator")
        assert not self.reads(client, room)
        report = ReportFactory(reporter=ben, subject=ana)
        assert self.reads(client, room)
        entry = Entry.objects.get(act="read")
        assert (entry.actor, entry.after) == (client.member, {"messages": 1, "reports": [str(report.pk)]})  # type: ignore[attr-defined]
        assert entry.request_id
        rows = client.get("/admin/chat/room/?reported=open").context["cl"].result_list
        assert [str(row.pk) in room for row in rows] == [True]

    @pytest.mark.parametrize("right", ["view_room", None])
    def test_the_room_alone_is_not_the_right_to_read_it(self, right: str | None, room: str, ana: Member, ben: Member) -> None:
        ReportFactory(reporter=ben, subject=ana)
        staff, client = MemberFactory(is_staff=True), Client()
        staff.user_permissions.set(Permission.objects.filter(codename=right or ""))
        client.force_login(staff)
        assert client.get(room).status_code == (200 if right else 403)
        assert not self.reads(client, room)


class TestOperator:
    def test_it_sends_mail_again_and_reads_the_audit(self) -> None:
        mail = MailFactory(status=Mail.Status.DEAD)
        client = in_role("operator")
        client.post("/admin/ops/mail/", {"action": "send_again", "_selected_action": [str(mail.pk)]})
        assert Mail.objects.get().status == Mail.Status.WAITING
        entry: Any = Entry.objects.first()
        assert client.get(f"/admin/audit/entry/{entry.pk}/change/").status_code == 200

    @pytest.mark.parametrize("role", ["curator", "moderator"])
    def test_the_others_do_not(self, role: str) -> None:
        assert in_role(role).post("/admin/ops/mail/", {"action": "send_again"}).status_code == 403
