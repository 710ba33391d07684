"""What members say about themselves: limits, clearing, versions, words, places, and who may see it."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Member, Profile
from accounts.places import cell_of
from accounts.vocabulary.models import UnknownSkill
from tests.factories import BlockFactory, MatchFactory, MemberFactory, PhotoFactory, SwipeFactory
from tests.support import api, change, pointers, refused

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PUBLIC = {
    "id", "name", "headline", "bio", "field", "role", "skills", "wanted_skills", "interests", "values", "work_styles", "languages",
    "experience_level", "hours_per_week", "remote_only", "country", "city", "timezone", "links", "visibility", "photos", "online",
    "last_seen", "distance_band", "version",
}  # fmt: skip
OWN = PUBLIC | {
    "email",
    "birthdate",
    "completeness",
    "show_presence",
    "mail_language",
    "match_mails",
    "must_haves",
    "location",
    "unknown_skills",
}


def patch(member: Member, body: Any, **headers: str) -> Any:
    return api(member).patch("/api/me", body, headers=headers)


class TestReading:
    def test_one_s_own_has_everything(self, ana: Member) -> None:
        body = api(ana).get("/api/me").json()
        assert set(body) == OWN
        assert (body["email"], body["birthdate"], body["field"]) == ("ana@example.org", "1990-01-01", "Software Development")
        assert body["location"] == {"set": True}

    def test_somebody_else_s_has_nothing_private(self, ana: Member, ben: Member) -> None:
        answer = api(ana).get(f"/api/profiles/{ben.pk}")
        assert set(answer.json()) == PUBLIC
        assert "@" not in answer.content.decode()
        assert answer.json()["distance_band"] == "100+"

    def test_one_can_look_at_oneself_as_others_do(self, ana: Member) -> None:
        assert set(api(ana).get(f"/api/profiles/{ana.pk}").json()) == PUBLIC

    def test_photos_of_a_profile_are_those_that_are_ready(self, ana: Member, ben: Member) -> None:
        ready = PhotoFactory(member=ben)
        PhotoFactory(member=ben, status="processing")
        photos = api(ana).get(f"/api/profiles/{ben.pk}").json()["photos"]
        assert [photo["id"] for photo in photos] == [str(ready.pk)]
        assert set(photos[0]) == {"id", "position", "status", "width", "height", "thumbhash", "urls", "jpeg_urls", "alt"}


class TestVisibility:
    @pytest.mark.parametrize(
        ("visibility", "stranger_sees", "match_sees"), [("public", 200, 200), ("matches", 404, 200), ("hidden", 404, 404)]
    )
    def test_who_sees_whom(self, visibility: str, stranger_sees: int, match_sees: int, ana: Member, ben: Member, cleo: Member) -> None:
        change(ben, visibility=visibility)
        MatchFactory(member_a=ana, member_b=ben)
        statuses = [api(viewer).get(f"/api/profiles/{ben.pk}").status_code for viewer in (cleo, ana, ben)]
        assert statuses == [stranger_sees, match_sees, 200]

    def test_whose_like_waits_can_be_looked_at(self, ana: Member, ben: Member) -> None:
        change(ben, visibility="matches")
        like = SwipeFactory(actor=ben, target=ana)
        assert api(ana).get(f"/api/profiles/{ben.pk}").status_code == 200
        like.delete()
        refused(api(ana).get(f"/api/profiles/{ben.pk}"), 404, "not_found")

    def test_a_block_hides_both_from_one_another(self, ana: Member, ben: Member) -> None:
        BlockFactory(blocker=ana, blocked=ben)
        for viewer, other in ((ana, ben), (ben, ana)):
            refused(api(viewer).get(f"/api/profiles/{other.pk}"), 404, "not_found")


SPOKEN = ("ar", "bn", "de", "en", "es", "fr", "id", "ja", "pt", "zh")
# Field: what is accepted at its limit, what is one too many, the code of the refusal.
LIMITS: dict[str, tuple[Any, Any, str]] = {
    "name": ("n" * 80, "n" * 81, "max_length"),
    "headline": ("h" * 120, "h" * 121, "max_length"),
    "bio": ("b" * 1000, "b" * 1001, "max_length"),
    "role": ("r" * 100, "r" * 101, "max_length"),
    "city": ("c" * 80, "c" * 81, "max_length"),
    "skills": ([f"s{n}" for n in range(30)], [f"s{n}" for n in range(31)], "max_length"),
    "wanted_skills": ([f"s{n}" for n in range(20)], [f"s{n}" for n in range(21)], "max_length"),
    "interests": ([f"i{n}" for n in range(10)], [f"i{n}" for n in range(11)], "max_length"),
    "values": ([f"v{n}" for n in range(10)], [f"v{n}" for n in range(11)], "max_length"),
    "work_styles": ([f"w{n}" for n in range(10)], [f"w{n}" for n in range(11)], "max_length"),
    "languages": ([*SPOKEN], [*SPOKEN, "yue"], "max_length"),
    "links": ([f"https://e.org/{n}" for n in range(8)], [f"https://e.org/{n}" for n in range(9)], "max_length"),
    "hours_per_week": (168, 169, "max_value"),
}


@pytest.mark.parametrize("field", LIMITS)
def test_a_field_takes_its_limit_and_no_more(field: str, ana: Member) -> None:
    most, too_much, code = LIMITS[field]
    assert patch(ana, {field: most}).json()[field] == most
    assert set(pointers(patch(ana, {field: too_much})).items()) == {(f"/{field}", code)}
    assert api(ana).get("/api/me").json()[field] == most


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "n"}, {"/name": "min_length"}),
        ({"name": None}, {"/name": "null"}),
        ({"hours_per_week": -1}, {"/hours_per_week": "min_value"}),
        ({"hours_per_week": 2.5}, {"/hours_per_week": "invalid"}),
        ({"skills": ["x" * 51]}, {"/skills/0": "max_length"}),
        ({"skills": ["fine", "ﷺ" * 50]}, {"/skills/1": "max_length"}),  # grows to 900 characters in its normal form
        ({"wanted_skills": ["ß" * 50]}, {"/wanted_skills/0": "max_length"}),  # "ss" when compared
        ({"skills": [""]}, {"/skills/0": "blank"}),
        ({"skills": "Python"}, {"/skills": "not_a_list"}),
        ({"skills": [["Python"]]}, {"/skills/0": "invalid"}),
        ({"skills": [None]}, {"/skills/0": "null"}),
        ({"interests": ["a\x00b"]}, {"/interests/0": "null_characters_not_allowed"}),
        ({"links": ["http://example.org"]}, {"/links/0": "not_https"}),
        ({"links": ["https://"]}, {"/links/0": "invalid"}),
        ({"links": ["javascript:alert(1)"]}, {"/links/0": "not_https"}),
        ({"field": "Alchemy"}, {"/field": "unknown_field_name"}),
        ({"country": "Portugal"}, {"/country": "unknown_country"}),
        ({"country": "XX"}, {"/country": "unknown_country"}),
        ({"languages": ["pt", "Klingon"]}, {"/languages/1": "unknown_language"}),
        ({"languages": ["xx", "en"]}, {"/languages/0": "unknown_language"}),
        ({"languages": ["mul"]}, {"/languages/0": "unknown_language"}),
        ({"timezone": "Mars/Olympus"}, {"/timezone": "unknown_timezone"}),
        ({"timezone": "../../etc/passwd"}, {"/timezone": "unknown_timezone"}),
        ({"experience_level": "wizard"}, {"/experience_level": "invalid_choice"}),
        ({"visibility": "secret"}, {"/visibility": "invalid_choice"}),
        ({"location": {"lat": 91, "lon": 0}}, {"/location/lat": "max_value"}),
        ({"location": {"lat": 0}}, {"/location/lon": "required"}),
        ({"location": {"lat": 0, "lon": "inf"}}, {"/location/lon": "invalid"}),
        ({"location": {"lat": 0, "lon": 0, "alt": 0}}, {"/location/alt": "unknown_field"}),
        ({"location": [0, 0]}, {"/location": "invalid"}),
        ({"must_haves": {"countries": ["XX"]}}, {"/must_haves/countries/0": "unknown_country"}),
        ({"must_haves": {"languages": ["en", "Python"]}}, {"/must_haves/languages/1": "unknown_language"}),
        ({"must_haves": {"experience_min": "senior", "experience_max": "junior"}}, {"/must_haves/experience_max": "invalid"}),
        ({"must_haves": {"colour": "red"}}, {"/must_haves/colour": "unknown_field"}),
        ({"must_haves": {"fields": ["Alchemy"]}}, {"/must_haves/fields": "unknown_field_name"}),
        ({"email": "new@example.org"}, {"/email": "unknown_field"}),
        ({"cell": "1:1"}, {"/cell": "unknown_field"}),
        ({"version": 9}, {"/version": "unknown_field"}),
        ({"is_staff": True}, {"/is_staff": "unknown_field"}),
        (["name"], {"": "invalid"}),
    ],
)
def test_what_makes_no_sense_is_refused_by_pointer(body: Any, code: dict[str, str], ana: Member) -> None:
    before = Profile.objects.values().get()
    assert pointers(patch(ana, body)) == code
    assert Profile.objects.values().get() == before


EMPTY: dict[str, Any] = {
    "headline": "", "bio": "", "role": "", "city": "", "country": "", "timezone": "", "field": None, "experience_level": None,
    "hours_per_week": None, "skills": [], "wanted_skills": [], "interests": [], "values": [], "work_styles": [], "languages": [],
    "links": [], "remote_only": False, "visibility": "public", "must_haves": {}, "location": {"set": False},
}  # fmt: skip


@pytest.mark.parametrize("field", EMPTY)
def test_null_clears(field: str, ana: Member) -> None:
    full: dict[str, Any] = {"remote_only": True, "links": ["https://e.org"], "visibility": "hidden", "must_haves": {"remote": True}}
    assert patch(ana, full).status_code == 200
    assert patch(ana, {field: None}).json()[field] == EMPTY[field]


def test_a_patch_leaves_the_rest_as_it_is(ana: Member) -> None:
    before = api(ana).get("/api/me").json()
    after = patch(ana, {"headline": "Something new"}).json()
    assert {**after, "headline": before["headline"], "version": before["version"]} == {
        **before,
        "online": True,
        "last_seen": after["last_seen"],
    }


class TestVersions:
    def test_it_grows_with_every_change_and_only_then(self, ana: Member) -> None:
        versions = [patch(ana, {"headline": text}).json()["version"] for text in ("a", "b", "b")]
        assert versions == [2, 3, 3]

    def test_the_etag_names_it(self, ana: Member) -> None:
        assert api(ana).get("/api/me")["ETag"] == '"1"'
        assert patch(ana, {"headline": "x"})["ETag"] == '"2"'
        assert api(ana).get(f"/api/profiles/{ana.pk}")["ETag"] == '"2"'

    @pytest.mark.parametrize("tag", ['"1"', 'W/"1"', "*", ""])
    def test_a_change_of_the_version_one_read_is_taken(self, tag: str, ana: Member) -> None:
        assert patch(ana, {"headline": "x"}, **{"If-Match": tag}).status_code == 200

    @pytest.mark.parametrize("tag", ['"2"', '"0"', '"x"', 'W/"2"', '"1", "2"', "1", f'"{"9" * 5000}"'])
    def test_of_another_one_is_not(self, tag: str, ana: Member) -> None:
        refused(patch(ana, {"headline": "x"}, **{"If-Match": tag}), 412, "precondition_failed")
        assert api(ana).get("/api/me").json()["version"] == 1


class TestSkills:
    def test_aliases_and_slugs_become_canonical_names(self, ana: Member) -> None:
        body = patch(ana, {"skills": ["js", "POSTGRESQL", "ui-ux", "  type   script "], "wanted_skills": ["frontend"]}).json()
        assert body["skills"] == ["JavaScript", "PostgreSQL", "UI/UX", "type script"]
        assert body["wanted_skills"] == ["Frontend"]

    def test_one_skill_in_several_spellings_is_one(self, ana: Member) -> None:
        assert patch(ana, {"skills": ["JS", "JavaScript", "javascript", "Juggling", "JUGGLING"]}).json()["skills"] == [
            "JavaScript",
            "Juggling",
        ]

    def test_an_unknown_one_is_kept_shown_and_queued_once(self, ana: Member, ben: Member) -> None:
        for member in (ana, ben):
            body = patch(member, {"skills": ["Python", "Knot Tying"], "wanted_skills": ["knot tying"]}).json()
            assert body["skills"] == ["Python", "Knot Tying"]
            assert body["unknown_skills"] == ["Knot Tying", "knot tying"]
        assert [(row.name, row.key) for row in UnknownSkill.objects.all()] == [("knot tying", "knot tying")]

    def test_fifty_characters_are_enough(self, ana: Member) -> None:
        assert patch(ana, {"skills": ["x" * 50]}).json()["unknown_skills"] == ["x" * 50]

    @pytest.mark.parametrize("name", ["Software Development", "software-development", " SOFTWARE   development "])
    def test_a_field_is_named_in_any_spelling(self, name: str, ana: Member) -> None:
        change(ana, field=None)
        assert patch(ana, {"field": name}).json()["field"] == "Software Development"


class TestPlace:
    def test_a_point_is_snapped_and_never_told(self, ana: Member) -> None:
        answer = patch(ana, {"location": {"lat": 38.722252, "lon": -9.139337}})
        assert answer.json()["location"] == {"set": True}
        assert "38.72" not in answer.content.decode()
        assert Profile.objects.get().cell == cell_of(38.722252, -9.139337)
        assert "38.72" not in str(Profile.objects.values().get())

    def test_two_points_of_one_cell_cannot_be_told_apart(self, ana: Member) -> None:
        patch(ana, {"location": {"lat": 38.7223, "lon": -9.1394}})
        first = Profile.objects.get()
        patch(ana, {"location": {"lat": 38.7224, "lon": -9.1395}})
        assert (Profile.objects.get().cell, Profile.objects.get().version) == (first.cell, first.version)

    @pytest.mark.parametrize(
        ("lat", "lon", "band"),
        [(38.72, -9.14, "<5"), (38.65, -9.24, "5-25"), (38.52, -8.89, "25-100"), (41.15, -8.61, "100+")],
    )
    def test_others_see_a_band(self, lat: float, lon: float, band: str, ana: Member, ben: Member) -> None:
        patch(ben, {"location": {"lat": lat, "lon": lon}})
        assert api(ana).get(f"/api/profiles/{ben.pk}").json()["distance_band"] == band
        assert api(ben).get(f"/api/profiles/{ana.pk}").json()["distance_band"] == band

    def test_without_a_place_there_is_no_band(self, ana: Member, ben: Member) -> None:
        change(ben, cell="")
        assert api(ana).get(f"/api/profiles/{ben.pk}").json()["distance_band"] is None

    def test_country_codes_are_kept_in_upper_case(self, ana: Member) -> None:
        assert patch(ana, {"country": "de"}).json()["country"] == "DE"


GAPS: dict[str, Callable[[Member], Any]] = {
    "headline": lambda ana: change(ana, headline=""),
    "bio": lambda ana: change(ana, bio="b" * 39),
    "field": lambda ana: change(ana, field=None),
    "role": lambda ana: change(ana, role=""),
    "skills": lambda ana: change(ana, skills=["Python", "Django"]),
    "wanted_skills": lambda ana: change(ana, wanted_skills=[]),
    "experience_level": lambda ana: change(ana, experience_level=""),
    "hours_per_week": lambda ana: change(ana, hours_per_week=None),
    "place": lambda ana: change(ana, country="", remote_only=False),
}


class TestCompleteness:
    def completeness(self, member: Member) -> dict[str, Any]:
        return api(member).get("/api/me").json()["completeness"]

    @pytest.mark.parametrize("gap", GAPS)
    def test_each_of_ten_things_is_ten_percent(self, gap: str, ana: Member) -> None:
        PhotoFactory(member=ana)
        assert self.completeness(ana) == {"percent": 100, "missing": []}
        GAPS[gap](ana)
        assert self.completeness(ana) == {"percent": 90, "missing": [gap]}

    def test_a_photo_is_the_tenth(self, ana: Member) -> None:
        assert self.completeness(ana) == {"percent": 90, "missing": ["photo"]}

    def test_remote_is_a_place(self, ana: Member) -> None:
        change(ana, country="", remote_only=True)
        assert self.completeness(ana)["missing"] == ["photo"]

    def test_somebody_new_has_nothing(self) -> None:
        newcomer = MemberFactory(profile=None)
        Profile.objects.create(member=newcomer)
        assert self.completeness(newcomer)["percent"] == 0


class TestBlocks:
    def block(self, blocker: Member, blocked: Member) -> Any:
        return api(blocker).post("/api/blocks", {"member": str(blocked.pk)})

    def test_blocks_are_made_listed_and_taken_back(self, ana: Member, ben: Member) -> None:
        answer = self.block(ana, ben)
        assert (answer.status_code, answer.json()) == (201, {"member": str(ben.pk)})
        assert self.block(ana, ben).status_code == 201
        rows = api(ana).get("/api/blocks").json()["results"]
        assert [(row["member"], row["name"]) for row in rows] == [(str(ben.pk), "Ben Vogel")]
        assert api(ben).get("/api/blocks").json()["results"] == []
        assert api(ana).delete(f"/api/blocks/{ben.pk}").status_code == 204
        refused(api(ana).delete(f"/api/blocks/{ben.pk}"), 404, "not_found")
        assert api(ana).get(f"/api/profiles/{ben.pk}").status_code == 200

    def test_only_the_blocker_takes_it_back(self, ana: Member, ben: Member) -> None:
        self.block(ana, ben)
        refused(api(ben).delete(f"/api/blocks/{ana.pk}"), 404, "not_found")

    def test_nobody_blocks_themselves_or_nobody(self, ana: Member) -> None:
        assert pointers(self.block(ana, ana)) == {"/member": "invalid"}
        refused(self.block(ana, MemberFactory.build()), 404, "not_found")

    def test_they_come_in_pages(self, ana: Member) -> None:
        made = [str(BlockFactory(blocker=ana).blocked_id) for _ in range(5)]
        client, seen, address = api(ana), [], "/api/blocks?limit=2"
        while address:
            page = client.get(address).json()
            seen += [row["member"] for row in page["results"]]
            address = page["next"]
        assert seen == made[::-1]
