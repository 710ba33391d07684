"""What staff decide about reports, in the admin as Sam, and what follows from it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Member
from accounts.moderation import selectors, services
from accounts.moderation.models import Decision, Report
from accounts.signals import access_revoked
from accounts.trust.models import Fact
from accounts.trust.services import refresh
from ops.errors import Conflict, Forbidden, Invalid
from ops.models import Mail
from tests.factories import PASSWORD, MemberFactory, ReportFactory
from tests.support import api, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def staff(client: Client, sam: Member) -> Client:
    client.force_login(sam)
    return client


def case(member: Member) -> str:
    return f"/admin/moderation/case/{member.pk}/change/"


def decide(staff: Client, member: Member, kind: str, **more: Any) -> Any:
    return staff.post(case(member), {"kind": kind, "note": "Seen it.", **more})


def mails(member: Member) -> list[str]:
    return list(Mail.objects.filter(to=member.email).values_list("purpose", flat=True))


def established() -> Member:
    member: Member = MemberFactory(joined_at=timezone.now() - timedelta(days=60))
    return member


def test_the_credible_stand_first_and_a_crowd_of_newcomers_weighs_nothing(staff: Client, ana: Member, ben: Member, cleo: Member) -> None:
    for reporter in MemberFactory.create_batch(12):
        ReportFactory(reporter=reporter, subject=ana)
    ReportFactory(reporter=established(), subject=ben)
    for _ in range(2):
        ReportFactory(reporter=established(), subject=cleo)
    refresh(Report.objects.values_list("reporter_id", flat=True))
    rows = [(row.pk, row.open_reports, row.credibility) for row in selectors.cases()]
    assert rows == [(cleo.pk, 2, 150), (ben.pk, 1, 75), (ana.pk, 12, 0)]
    page = staff.get("/admin/moderation/case/").content.decode()
    assert page.index("cleo@") < page.index("ben@") < page.index("ana@")
    ana.refresh_from_db()
    assert not ana.is_suspended  # however many: staff decide


def test_a_case_shows_what_was_reported_and_what_the_profile_said(staff: Client, ana: Member, ben: Member) -> None:
    body = {"subject": str(ben.pk), "reason": "fake", "details": "This is not Ben but somebody with his photo."}
    assert api(ana).post("/api/reports", body).status_code == 201
    page = staff.get(case(ben)).content.decode()
    for told in ("This is not Ben but somebody with his photo.", "Ana Ferreira", "(trust 45)", "Prototyping", "Not who they say they are"):
        assert told in page
    assert staff.get(case(MemberFactory())).status_code == 200
    for nobody in (uuid4(), "nobody"):
        assert staff.get(f"/admin/moderation/case/{nobody}/change/").status_code == 404


def test_dismissing_closes_the_reports_and_lowers_their_reporters_trust(staff: Client, ana: Member, ben: Member, sam: Member) -> None:
    kept = ReportFactory(reporter=ana, subject=ben)
    assert decide(staff, ben, "dismiss").status_code == 302
    kept.refresh_from_db()
    decision = Decision.objects.get()
    assert (kept.status, kept.decision) == ("dismissed", decision)
    assert (decision.kind, decision.subject, decision.actor, decision.note, decision.reports) == ("dismiss", ben, sam, "Seen it.", 1)
    assert decision.request_id
    assert Fact.objects.filter(member=ana, kind="report_rejected", source=str(kept.pk)).exists()
    assert mails(ben) == []
    assert "found nothing" in Mail.objects.get(to=ana.email).text
    answer = decide(staff, ben, "dismiss")
    assert (answer.status_code, "There is no open report about this member." in answer.content.decode()) == (400, True)


def test_a_warning_is_mailed(staff: Client, ana: Member, ben: Member) -> None:
    kept = ReportFactory(reporter=ana, subject=ben)
    assert decide(staff, ben, "warn").status_code == 302
    kept.refresh_from_db()
    assert (kept.status, mails(ben)) == ("upheld", ["warned"])
    assert Fact.objects.filter(member=ben, kind="warned").exists()
    assert Fact.objects.filter(member=ana, kind="report_confirmed").exists()
    assert mails(ana) == ["report_outcome"]
    assert "against our rules. We have acted" in Mail.objects.get(to=ana.email).html
    assert api(ben).get("/api/me").status_code == 200


def test_a_suspension_ends_everything_at_once(staff: Client, ana: Member, ben: Member, committed: Callable[[], Any]) -> None:
    heard: list[Any] = []

    def hear(sender: object, member_id: Any, **kwargs: Any) -> None:
        heard.append(member_id)

    access_revoked.connect(hear)
    client = api(ben)
    with committed():
        assert decide(staff, ben, "suspend", days="7").status_code == 302
    refused(client.get("/api/me"), 401, "token_revoked")
    refused(api(ana).get(f"/api/profiles/{ben.pk}"), 404, "not_found")
    assert api(ana).get("/api/discover").json()["results"] == []
    refused(client.post("/api/auth/login", {"email": ben.email, "password": PASSWORD}), 403, "suspended")
    assert (heard, mails(ben)) == ([ben.pk], ["suspended"])  # open sockets have to hear of it
    ben.refresh_from_db()
    assert ben.suspended_until is not None
    assert abs(ben.suspended_until - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)


def test_a_suspension_without_days_is_for_good_until_it_is_lifted(staff: Client, ben: Member) -> None:
    decide(staff, ben, "suspend")
    ben.refresh_from_db()
    assert (ben.is_suspended, ben.suspended_until) == (True, None)
    assert decide(staff, ben, "lift").status_code == 302
    ben.refresh_from_db()
    assert (ben.is_suspended, mails(ben)) == (False, ["reinstated", "suspended"])
    assert api(ben).get("/api/me").status_code == 200
    assert [row.kind for row in Decision.objects.all()] == ["lift", "suspend"]
    assert decide(staff, ben, "lift").status_code == 400


def test_a_decision_needs_a_reason(staff: Client, ben: Member) -> None:
    answer = staff.post(case(ben), {"kind": "suspend", "note": ""})
    assert answer.status_code == 400
    assert not Decision.objects.exists()


def test_decisions_are_never_changed(staff: Client, ben: Member) -> None:
    decide(staff, ben, "warn")
    decision = Decision.objects.get()
    with pytest.raises(TypeError):
        decision.save()
    address = f"/admin/moderation/decision/{decision.pk}/"
    assert staff.post(f"{address}change/", {"note": "Another"}).status_code == 403
    assert staff.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert f"/admin/moderation/case/{ben.pk}/change/" in staff.get("/admin/moderation/decision/").content.decode()


def test_only_superusers_decide_about_staff_and_nobody_about_themselves(sam: Member, ben: Member) -> None:
    clerk = MemberFactory(is_staff=True)
    with pytest.raises(Forbidden):
        services.warn(sam, actor=clerk)
    with pytest.raises(Invalid):
        services.suspend(sam, actor=sam, until=None)
    with pytest.raises(Invalid):
        services.suspend(ben, actor=sam, until=timezone.now())
    with pytest.raises(Conflict):
        services.lift(ben, actor=sam)
    assert services.warn(clerk, actor=sam).kind == "warn"


def test_staff_need_the_permission_to_see_and_the_other_to_decide(client: Client, ben: Member) -> None:
    clerk = MemberFactory(is_staff=True)
    client.force_login(clerk)
    assert client.get("/admin/moderation/case/").status_code == 403
    assert client.get(case(ben)).status_code == 404
    clerk.user_permissions.add(Permission.objects.get(codename="view_case"))
    assert client.get(case(ben)).status_code == 200
    decide(client, ben, "suspend")
    assert not Decision.objects.exists()
    clerk.user_permissions.add(Permission.objects.get(codename="change_case"))
    assert decide(client, ben, "suspend").status_code == 302


def test_what_was_decided_stays_without_the_member(staff: Client, ben: Member) -> None:
    decide(staff, ben, "warn")
    accounts.erase_member(ben)
    kept = Decision.objects.get()
    assert (kept.subject, kept.note, kept.kind) == (None, "", "warn")
    assert "(left)" in staff.get("/admin/moderation/decision/").content.decode()
