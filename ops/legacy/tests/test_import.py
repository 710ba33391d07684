"""The import as its operator sees it: from a dump's folder to members who sign in and go on talking."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Member
from accounts.moderation.models import Report
from chat.models import Membership, Message, Room
from matching.models import Match, MatrixVersion, SkillPair, Swipe
from media.models import OldPhoto
from ops.legacy.models import Import, Origin
from ops.legacy.tests import dumps
from ops.legacy.tests.dumps import BCRYPT, PASSWORD, SHAPES, oid, write
from tests.support import api

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def bring(folder: Path, *flags: str) -> dict[str, dict[str, Any]]:
    """The report by collection, after proof that its sums are right."""
    out = io.StringIO()
    with suppress(SystemExit):  # 3 when documents were skipped
        call_command("import_legacy", str(folder), "--json", *flags, stdout=out)
    report = {row["collection"]: row for row in map(json.loads, out.getvalue().splitlines())}
    assert report
    for row in report.values():
        assert row["read"] == row["imported"] + row["merged"] + row["unchanged"] + row["skipped"], row
        assert row["skipped"] == sum(reason["count"] for reason in row["reasons"].values())
    return report


def sign_in(email: str, password: str = PASSWORD) -> Any:
    return APIClient().post("/api/auth/login", {"email": email, "password": password}, format="json")


@pytest.mark.parametrize("shape", SHAPES)
def test_each_of_the_old_shapes_becomes_the_same_people(tmp_path: Path, shape: str) -> None:
    dump = write(tmp_path / "dump" / "alliv", packed=shape == "camel case", **SHAPES[shape])
    report = bring(dump.parent)
    assert [row["skipped"] for row in report.values()] == [0] * len(report)
    ana, ben = Member.objects.select_related("profile").order_by("email")
    assert (ana.email, ana.is_staff, ana.is_verified, str(ana.birthdate)) == ("ana@old.example", False, True, "1990-02-03")
    assert (ben.email, ben.is_staff, ben.is_superuser, str(ben.birthdate)) == ("ben@old.example", True, False, "1988-12-01")
    assert (ana.profile.name, ana.profile.bio, ana.profile.skills) == ("Ana Old", "Builds.", ["JavaScript", "Django"])
    assert (ben.profile.field.name, ben.profile.experience_level, ben.profile.visibility) == ("Graphic Design", "senior", "public")
    assert list(OldPhoto.objects.values_list("member__email", "url")) == [("ana@old.example", "https://img.example/a.jpg")]
    assert set(Swipe.objects.values_list("actor__email", "action")) == {("ana@old.example", "like"), ("ben@old.example", "super_like")}
    match = Match.objects.get()
    assert {match.member_a, match.member_b} == {ana, ben}
    assert list(Message.objects.order_by("seq").values_list("seq", "position", "sender_id", "body")) == [
        (1, 1, ana.pk, "one"),
        (2, 2, ben.pk, "two"),
    ]
    assert Membership.objects.get(member=ana).read_seq == 2
    assert Report.objects.get().reason == "spam"
    pair = SkillPair.objects.get(skill_a__name__in=["Python", "Figma"], skill_b__name__in=["Python", "Figma"])
    assert pair.score == 0.81


@pytest.mark.parametrize("shape", SHAPES)
def test_a_second_run_changes_nothing(tmp_path: Path, shape: str) -> None:
    dump = write(tmp_path, **SHAPES[shape])
    bring(dump)
    before = rows()
    again = bring(dump)
    assert [(row["imported"], row["merged"], row["unchanged"]) for row in again.values()] == [(0, 0, row["read"]) for row in again.values()]
    assert rows() == before


def rows() -> list[int]:
    return [model.objects.count() for model in (Member, Swipe, Match, Room, Message, Report, SkillPair, OldPhoto, Origin, MatrixVersion)]


def test_a_dry_run_reports_the_same_and_leaves_only_its_own_record(tmp_path: Path) -> None:
    dump = write(tmp_path, **dumps.FIRST)
    nothing = rows()
    tried = bring(dump, "--dry-run")
    assert rows() == nothing
    assert Import.objects.get().dry_run
    done = bring(dump)
    assert {name: {**row, "dry_run": True} for name, row in done.items()} == tried


def test_old_passwords_sign_in_and_are_argon2_afterwards(tmp_path: Path) -> None:
    bring(write(tmp_path, users=dumps.FIRST["users"]))
    for email in ("ana@old.example", "ben@old.example"):
        assert sign_in(email, "wrong").status_code == 401
        assert sign_in(email).status_code == 200
        stored = Member.objects.get(email=email).password
        assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
        assert sign_in(email).status_code == 200


def test_a_bcrypt_password_longer_than_the_algorithm_reads_still_signs_in(tmp_path: Path) -> None:
    import bcrypt

    long = "ü" * 60
    hashed = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")
    bring(write(tmp_path, users=[{"_id": 7, "email": "l@old.example", "password": hashed, "verified": True, "dob": "1990-01-01"}]))
    assert sign_in("l@old.example", long).status_code == 200
    assert sign_in("l@old.example", long).status_code == 200


def test_the_conversation_goes_on(tmp_path: Path) -> None:
    bring(write(tmp_path, **dumps.FIRST))
    ana = Member.objects.get(email="ana@old.example")
    room = str(Match.objects.get().pk)
    page = api(ana).get(f"/api/chat/rooms/{room}/messages").json()
    assert [message["body"] for message in page["results"]] == ["one", "two"]
    client_id = "0b7e5c9e-6f6c-4f5e-8f0e-7d6f0f6d6c11"
    sent = api(ana).post(f"/api/chat/rooms/{room}/messages", {"client_id": client_id, "body": "three"})
    assert sent.json()["seq"] == 3


BROKEN_USERS: list[tuple[dict[str, Any], str]] = [
    ({"_id": oid(301), "password": BCRYPT}, "no_email"),
    ({"_id": oid(302), "email": "nobody"}, "invalid_email"),
    ({"_id": oid(303), "email": ["a@old.example"]}, "no_email"),
    ({"_id": oid(304), "email": "kid@old.example", "birthdate": "2020-01-01"}, "under_age"),
    ({"_id": oid(305), "email": "gone@old.example", "is_deleted": True}, "deleted_account"),
]
BROKEN_MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"_id": oid(401), "match_id": oid(31), "content": "x"}, "no_sender"),
    ({"_id": oid(402), "match_id": oid(999), "sender": oid(1), "content": "x"}, "unknown_match"),
    ({"_id": oid(403), "match_id": oid(31), "sender": oid(998), "content": "x"}, "unknown_member"),
    ({"_id": oid(404), "match_id": oid(31), "sender": oid(3), "content": "x"}, "sender_not_in_match"),
    ({"_id": oid(405), "match_id": oid(31), "sender": oid(1), "content": "x" * 4001}, "text_too_long"),
    ({"_id": oid(406), "match_id": oid(31), "sender": oid(1), "content": {"not": "text"}}, "no_text"),
    ({"_id": "407", "match_id": oid(31), "sender": oid(1), "content": "x", "created_at": "2999-01-01"}, "future_date"),
    ({"_id": "408", "match_id": oid(31), "sender": oid(1), "content": "x", "created_at": "yesterday"}, "no_date"),
    ({"_id": oid(409), "match_id": oid(31), "sender": oid(1), "content": "x", "deleted": True}, "deleted_message"),
]


def test_broken_documents_are_named_and_stop_nothing(tmp_path: Path) -> None:
    good = dict(dumps.FIRST)
    cleo = {"_id": oid(3), "email": "cleo@old.example", "verified": True, "dob": "1991-01-01"}
    dump = write(
        tmp_path,
        **{
            **good,
            "users": [*(document for document, _ in BROKEN_USERS), b"\x0d\x00\x00\x00\x10a\x00garbag", *good["users"], cleo, {"_id": oid(4), "email": "CLEO@old.example"}],
            "messages": [*(document for document, _ in BROKEN_MESSAGES), *good["messages"], good["messages"][0], b"\xff\x00\x00\x00cut"],
            "matches": [{"_id": oid(901), "users": [oid(1)]}, *good["matches"], {"_id": oid(902), "user1": oid(2), "user2": oid(1)}],
            "swipes": [*good["swipes"], {"_id": oid(903), "user_id": oid(1), "target_user_id": oid(1), "action": "like"}, {"_id": oid(904), "user_id": oid(1), "target_user_id": oid(3), "action": "wink"}],
            "skill_pairs": [*good["skill_pairs"], {"_id": oid(905), "skill_a": "Python", "skill_b": "Juggling fire", "score": 1}, {"_id": oid(906), "skill_a": "Python", "skill_b": "Rust", "score": 70}],
        },
    )  # fmt: skip
    report = bring(dump)
    assert reasons(report["users"]) == {reason for _, reason in BROKEN_USERS} | {"broken_bson"}
    assert report["users"]["merged"] == 1
    assert reasons(report["messages"]) == {reason for _, reason in BROKEN_MESSAGES} | {"truncated"}
    assert report["messages"]["reasons"]["text_too_long"] == {"count": 1, "ids": [str(oid(405))]}
    assert (report["messages"]["imported"], report["messages"]["merged"]) == (2, 1)
    assert (report["matches"]["imported"], report["matches"]["merged"], reasons(report["matches"])) == (1, 1, {"not_two_members"})
    assert reasons(report["swipes"]) == {"about_oneself", "unknown_action"}
    assert reasons(report["skill_pairs"]) == {"unknown_skill", "score_out_of_range"}
    assert list(Message.objects.order_by("seq").values_list("seq", "body")) == [(1, "one"), (2, "two")]
    assert {name: row["imported"] for name, row in bring(dump).items() if row["imported"]} == {}


def reasons(row: dict[str, Any]) -> set[str]:
    return set(row["reasons"])


def test_nuls_are_taken_out_and_long_texts_of_profiles_cut_and_noted(tmp_path: Path) -> None:
    users = [{"_id": 1, "email": "a@old.example", "verified": True, "dob": "1990-01-01", "name": "A\x00na Old"}]
    profile = {
        "user_id": 1,
        "bio": "x" * 1001,
        "links": ["http://plain.example", "https://fine.example"],
        "experience_level": "wizard",
        "skills": ["Python", "y" * 51],
        "languages": ["English", "Old Martian", "português"],
    }
    report = bring(write(tmp_path, users=users, profiles=[profile]))
    row = Member.objects.get().profile
    assert (row.name, len(row.bio), row.links, row.experience_level, row.skills, row.languages) == (
        "Ana Old",
        1000,
        ["https://fine.example"],
        "",
        ["Python"],
        ["en", "pt"],
    )
    refused = {f"{name}_refused" for name in ("links", "experience_level", "skills", "languages")}
    assert set(report["profiles"]["notes"]) == {"bio_cut", "no_id", *refused}


def test_whose_age_nobody_knows_signs_in_and_is_hidden_until_they_say_it(tmp_path: Path) -> None:
    user = {
        "_id": oid(1),
        "email": "a@old.example",
        "password": BCRYPT,
        "verified": True,
        "name": "Ana",
        "field": "Medicine",
        "skills": ["Radiology"],
    }
    assert set(bring(write(tmp_path, users=[user]))["users"]["notes"]) == {"no_birthdate"}
    assert sign_in("a@old.example").status_code == 200
    ana = api(Member.objects.get())
    me = ana.get("/api/me").json()
    assert (me["birthdate"], me["visibility"]) == (None, "hidden")
    refusal = ana.patch("/api/me", {"visibility": "public"})
    assert [row["pointer"] for row in refusal.json()["errors"]] == ["/visibility"]
    assert ana.patch("/api/me", {"birthdate": "2020-01-01"}).status_code == 400
    said = ana.patch("/api/me", {"birthdate": "1990-01-01", "visibility": "public"})
    assert (said.json()["birthdate"], said.json()["visibility"]) == ("1990-01-01", "public")
    assert ana.patch("/api/me", {"birthdate": "1991-01-01"}).status_code == 400


def test_an_unproved_account_is_no_way_into_the_proved_one_of_the_same_address(tmp_path: Path) -> None:
    import bcrypt

    stranger = bcrypt.hashpw(b"the stranger's own", bcrypt.gensalt(4)).decode()
    unproved = {"_id": 1, "email": "ANA@old.example", "password": stranger, "dob": "1990-01-01", "verified": False}
    proved = {"_id": 2, "email": "ana@old.example", "password": BCRYPT, "verified": True}
    report = bring(write(tmp_path, users=[unproved, proved]))
    assert (report["users"]["imported"], report["users"]["merged"]) == (1, 1)
    assert sign_in("ana@old.example", "the stranger's own").status_code == 401
    assert sign_in("ana@old.example").status_code == 200


def test_addresses_without_a_word_about_them_are_proved_only_when_the_operator_says_so(tmp_path: Path) -> None:
    user = {"_id": oid(1), "email": "a@old.example", "password": BCRYPT, "dob": "1990-01-01"}
    assert set(bring(write(tmp_path / "one", users=[user]))["users"]["notes"]) == {"email_unverified"}
    assert sign_in("a@old.example").json()["code"] == "email_not_verified"
    bring(write(tmp_path / "two", users=[{**user, "_id": oid(2), "email": "b@old.example"}]), "--trust-emails")
    assert sign_in("b@old.example").status_code == 200


def test_hashes_that_are_none_or_too_costly_are_noted_and_open_nothing(tmp_path: Path) -> None:
    hashes = ["", "plain text", "$2b$31$" + "a" * 53, dumps.ARGON2.replace("m=1024", "m=99999999"), "$argon2id$v=19$nonsense"]
    users = [
        {"_id": n, "email": f"u{n}@old.example", "password": old, "verified": True, "dob": "1990-01-01"} for n, old in enumerate(hashes)
    ]
    notes = bring(write(tmp_path, users=users))["users"]["notes"]
    assert {what: row["count"] for what, row in notes.items()} == {
        "costly_password_hash": 2,
        "unknown_password_hash": 2,
        "no_password": 1,
        "no_date": 5,
    }
    assert [sign_in(f"u{n}@old.example").status_code for n in range(len(hashes))] == [401] * len(hashes)


def test_who_left_is_not_brought_back(tmp_path: Path) -> None:
    dump = write(tmp_path, **dumps.FIRST)
    bring(dump)
    ana = Member.objects.get(email="ana@old.example")
    assert api(ana).delete("/api/me", {"password": PASSWORD}).status_code == 204
    assert not Origin.objects.filter(target_id=ana.pk).exists()
    assert not Origin.objects.filter(key=str(dumps.ANA)).exists()
    again = bring(dump)
    assert not any(row["imported"] for row in again.values())
    assert not Member.objects.filter(email="ana@old.example").exists()


def test_a_run_that_is_cut_off_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from matching.legacy.matches import Matches

    dump, whole = write(tmp_path, **dumps.FIRST), Matches.bring
    monkeypatch.setattr(Matches, "bring", lambda *args: (_ for _ in ()).throw(OperationalError("gone")))
    with pytest.raises(SystemExit) as exit:
        call_command("import_legacy", str(dump), stdout=io.StringIO())
    assert exit.value.code == 1
    assert Import.objects.get().ended_at is None
    monkeypatch.setattr(Matches, "bring", whole)
    report = bring(dump)
    assert (report["users"]["unchanged"], report["matches"]["imported"], report["messages"]["imported"]) == (2, 1, 2)


def test_what_nobody_expected_costs_its_own_document_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.legacy import shapes

    read = shapes.swipe
    monkeypatch.setattr(shapes, "swipe", lambda document: 1 / 0 if document.key == str(oid(21)) else read(document))
    report = bring(write(tmp_path, **dumps.FIRST))
    assert (report["swipes"]["imported"], reasons(report["swipes"])) == (1, {"unexpected"})


@pytest.mark.parametrize("place", ["missing", "empty", "two"])
def test_without_a_dump_it_says_so_and_exits_4(tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / place
    for name in {"missing": [], "empty": [""], "two": ["one", "other"]}[place]:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with pytest.raises(SystemExit) as exit:
        call_command("import_legacy", str(folder))
    assert exit.value.code == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_the_profile_page_asks_for_the_missing_date_of_birth(tmp_path: Path, client: Client) -> None:
    user = {"_id": oid(1), "email": "a@old.example", "password": BCRYPT, "verified": True, "name": "Ana"}
    bring(write(tmp_path, users=[user]))
    member = Member.objects.get()
    client.force_login(member, backend="accounts.signin.EmailBackend")
    page = reverse("settings-profile")
    assert b'name="birthdate"' in client.get(page).content
    refused = client.post(page, {"name": "Ana", "visibility": "public"})
    assert "Say your date of birth first." in refused.content.decode()
    assert client.post(page, {"name": "Ana", "visibility": "public", "birthdate": "1990-01-01"}).status_code == 302
    member.refresh_from_db()
    assert (str(member.birthdate), member.profile.visibility) == ("1990-01-01", "public")
    assert b'name="birthdate"' not in client.get(page).content
