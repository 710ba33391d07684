"""Demo people: the same for the same seed, within the limits of a profile, and making sense."""

import io
import json
import re
from collections import Counter
from datetime import date
from math import cos, hypot, radians
from pathlib import Path
from typing import Any, get_args
from uuid import UUID
from zoneinfo import available_timezones

import pytest
from PIL import Image

from accounts.demo.callings import audiences, callings
from accounts.demo.cast import ANA, BEN, CLEO, SAM
from accounts.demo.draw import data
from accounts.demo.names import cultures
from accounts.demo.people import CAST, people
from accounts.demo.person import Level, Person
from accounts.demo.portraits import SIZE, portrait
from accounts.demo.prose import titled, with_article

pytestmark = pytest.mark.unit

VOCABULARY = Path(__file__).parents[2] / "vocabulary" / "data"
PEOPLE = list(people(5000, 7))
EVERYBODY = [*CAST, *PEOPLE]
SHOWN = [ANA, BEN, CLEO]
LISTS = {
    "skills": 30,
    "wanted_skills": 20,
    "interests": 10,
    "values": 10,
    "work_styles": 10,
    "languages": 10,
    "links": 8,
}
TEXTS = {"name": (2, 80), "headline": (0, 120), "bio": (0, 1000), "role": (0, 100), "city": (0, 80)}


def read(name: str) -> Any:
    return json.loads((VOCABULARY / name).read_text(encoding="utf-8"))


FIELDS = {field["name"] for field in read("fields.json")}
SKILLS = {skill["name"]: skill["category"] for skill in read("skills.json")["skills"]}
CATEGORIES = {category["name"] for category in read("skills.json")["categories"]}
CITIES = {city["name"]: city for city in data("cities")}
COUNTRIES = {country["code"]: country for country in data("countries")}


def share(rows: list[bool]) -> float:
    return sum(rows) / len(rows)


def listed(person: Person) -> bool:
    return person["field"] is not None and len(person["skills"]) >= 3 and person["visibility"] == "public"


def complete(person: Person) -> bool:
    """Everything completeness asks for except the photo."""
    texts = person["headline"] and len(person["bio"]) >= 40 and person["role"]
    work = person["wanted_skills"] and person["experience_level"] and person["hours_per_week"] is not None
    return bool(listed(person) and texts and work and (person["country"] or person["remote_only"]))


def kilometres_from(city: dict[str, Any], location: tuple[float, float]) -> float:
    """Good enough for a few kilometres: a flat map."""
    north = (location[0] - city["latitude"]) * 111.2
    east = (location[1] - city["longitude"]) * 111.2 * cos(radians(city["latitude"]))
    return hypot(north, east)


def usual_skills(calling: dict[str, Any]) -> set[str]:
    """What roles and field name, and everything in the categories of the field."""
    of_roles = (skill for role in calling["roles"] for skill in role["skills"])
    of_categories = (skill for skill, category in SKILLS.items() if category in calling["categories"])
    return {*calling["skills"], *of_roles, *of_categories}


class TestTheSameAgain:
    def test_a_seed_always_tells_the_same_people(self) -> None:
        assert list(people(50, 3)) == list(people(50, 3))

    def test_another_seed_tells_others(self) -> None:
        assert list(people(5, 3)) != list(people(5, 4))

    def test_fewer_are_the_beginning_of_more(self) -> None:
        assert list(people(10, 7)) == PEOPLE[:10]

    def test_nobody_is_nobody(self) -> None:
        assert list(people(0, 7)) == []

    def test_people_share_no_lists(self) -> None:
        lists = [id(value) for person in PEOPLE[:200] for value in person.values() if isinstance(value, list)]
        assert len(set(lists)) == len(lists)


class TestLimits:
    @pytest.mark.parametrize(("key", "limits"), TEXTS.items())
    def test_texts(self, key: str, limits: tuple[int, int]) -> None:
        least, most = limits
        texts: list[str] = [dict(person)[key] for person in EVERYBODY]  # type: ignore[misc]
        assert [text for text in texts if not least <= len(text) <= most or text != text.strip()] == []

    @pytest.mark.parametrize(("key", "most"), LISTS.items())
    def test_lists_are_short_and_repeat_nothing(self, key: str, most: int) -> None:
        lists: list[list[str]] = [dict(person)[key] for person in EVERYBODY]  # type: ignore[misc]
        assert [items for items in lists if len(items) > most or len(set(items)) < len(items)] == []

    def test_everybody_is_of_age_and_not_too_old_to_be_believed(self) -> None:
        assert all(date(1956, 1, 1) <= person["birthdate"] <= date(2008, 1, 1) for person in EVERYBODY)

    def test_hours(self) -> None:
        assert all(0 <= (person["hours_per_week"] or 0) <= 168 for person in EVERYBODY)

    def test_levels(self) -> None:
        levels = {person["experience_level"] for person in PEOPLE}
        assert levels == {None, *get_args(Level)}

    def test_links_are_https_and_lead_nowhere_real(self) -> None:
        links = [link for person in EVERYBODY for link in person["links"]]
        assert all(re.fullmatch(r"https://[a-z]+\.demo\.alliv\.test/[a-z0-9-]*", link) for link in links)

    def test_codes(self) -> None:
        languages = {language for person in EVERYBODY for language in person["languages"]}
        countries = {person["country"] for person in EVERYBODY}
        assert all(re.fullmatch(r"[a-z]{2}", language) for language in languages)
        assert all(re.fullmatch(r"[A-Z]{2}", country) for country in countries)
        assert {person["timezone"] for person in EVERYBODY} <= available_timezones()


class TestIdentity:
    def test_addresses_are_unique_ascii_and_lowercase(self) -> None:
        emails = [person["email"] for person in EVERYBODY]
        assert len(set(emails)) == len(emails)
        assert all(re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@demo\.alliv\.test", email) for email in emails[len(CAST) :])

    def test_ids_are_version_7_and_ascend_with_time(self) -> None:
        ids = [person["id"] for person in EVERYBODY]
        moments = [identifier.int >> 80 for identifier in ids]
        assert {(identifier.version, identifier.variant) for identifier in ids} == {(7, "specified in RFC 4122")}
        assert ids == sorted(set(ids))
        assert moments == sorted(set(moments))

    def test_some_names_are_in_their_own_script(self) -> None:
        assert 0.02 < share([not person["name"].isascii() and person["name"][0] > "\u0370" for person in PEOPLE]) < 0.1

    @pytest.mark.parametrize("culture", cultures())
    def test_every_name_of_a_culture_can_be_an_address(self, culture: str) -> None:
        spellings = [name for pools in cultures()[culture].households for pool in pools for name in pool]
        assert all(re.fullmatch(r"[a-z]{2,}", spelling.ascii) for spelling in spellings)


class TestCoherence:
    def test_fields_and_skills_are_words_of_the_vocabulary(self) -> None:
        assert {person["field"] for person in PEOPLE} == FIELDS | {None}
        assert {skill for person in EVERYBODY for skill in person["skills"]} <= set(SKILLS)
        assert {skill for person in EVERYBODY for skill in person["wanted_skills"]} <= set(SKILLS) | CATEGORIES

    def test_skills_are_mostly_of_the_field(self) -> None:
        usual = {entry["field"]: usual_skills(entry) for entry in data("callings")}
        skilled = [(usual[person["field"]], person["skills"]) for person in PEOPLE if person["field"]]
        assert share([skill in at_home for at_home, skills in skilled for skill in skills]) > 0.85

    def test_some_skills_are_far_more_common_than_others(self) -> None:
        counts = [count for _, count in Counter(skill for person in PEOPLE for skill in person["skills"]).most_common()]
        assert counts[0] > 20 * counts[len(counts) // 2]
        assert len(counts) > 0.8 * len(SKILLS)

    def test_nobody_looks_for_what_they_can_do(self) -> None:
        assert all(not set(person["skills"]) & set(person["wanted_skills"]) for person in PEOPLE)

    def test_homes_are_near_the_city(self) -> None:
        homes = [(CITIES[person["city"]], person["location"]) for person in PEOPLE if person["location"]]
        assert max(kilometres_from(city, location) for city, location in homes) < 25

    def test_cities_lie_in_the_country_and_time_zone_of_the_person(self) -> None:
        lived_in = [(CITIES[person["city"]], person) for person in PEOPLE if person["city"]]
        assert all((city["country"], city["timezone"]) == (who["country"], who["timezone"]) for city, who in lived_in)

    def test_levels_suit_the_age(self) -> None:
        students = [person["birthdate"].year for person in PEOPLE if person["experience_level"] == "student"]
        mentors = [person["birthdate"].year for person in PEOPLE if person["experience_level"] == "mentor"]
        assert max(mentors) < 1985 < 1997 < min(students)

    def test_remote_people_do_not_work_on_site(self) -> None:
        assert all(("Remote" in person["work_styles"]) == person["remote_only"] for person in PEOPLE)

    def test_hardly_anybody_is_incomplete(self) -> None:
        assert share([listed(person) for person in PEOPLE]) >= 0.92
        assert 0.92 <= share([complete(person) for person in PEOPLE]) < 0.98


class TestProse:
    def test_bios_have_two_to_four_sentences(self) -> None:
        sentences = Counter(len(re.findall(r"\.(?: |$)", person["bio"])) for person in PEOPLE if person["bio"])
        assert set(sentences) == {2, 3, 4}

    def test_bios_begin_like_sentences_and_leave_no_gap_unfilled(self) -> None:
        bios = [person["bio"] for person in PEOPLE if person["bio"]]
        assert [bio for bio in bios if not bio[0].isupper() or re.search(r"[{}]|\bNone\b|  ", bio)] == []

    def test_bios_hardly_repeat(self) -> None:
        bios = Counter(person["bio"] for person in PEOPLE if person["bio"])
        assert len(bios) > 0.99 * bios.total()

    def test_most_headlines_are_more_than_a_role(self) -> None:
        assert share([person["headline"] == person["role"] for person in PEOPLE]) < 0.05

    @pytest.mark.parametrize(
        ("role", "spoken"),
        [
            ("nurse", "a nurse"),
            ("engineer", "an engineer"),
            ("UX designer", "a UX designer"),
            ("NLP engineer", "an NLP engineer"),
            ("AI researcher", "an AI researcher"),
            ("urban planner", "an urban planner"),
        ],
    )
    def test_articles_follow_the_ear(self, role: str, spoken: str) -> None:
        assert with_article(role) == spoken

    @pytest.mark.parametrize(("role", "shown"), [("full-stack developer", "Full-stack Developer"), ("DevOps engineer", "DevOps Engineer")])
    def test_roles_are_shown_in_capitals(self, role: str, shown: str) -> None:
        assert titled(role) == shown


class TestSources:
    def test_every_field_has_a_calling(self) -> None:
        assert Counter(calling.field for calling in callings().things) == Counter(FIELDS)

    def test_whoever_is_sought_belongs_to_a_category_first(self) -> None:
        assert {audience.skills[0] for audience in audiences().values()} <= CATEGORIES

    def test_every_country_has_a_city(self) -> None:
        assert {city["country"] for city in CITIES.values()} == set(COUNTRIES)


class TestCast:
    def test_addresses(self) -> None:
        assert [person["email"].split("@")[0] for person in CAST] == ["ana", "ben", "cleo", "sam"]

    @pytest.mark.parametrize("person", SHOWN, ids=["ana", "ben", "cleo"])
    def test_who_is_shown_is_complete(self, person: Person) -> None:
        assert complete(person)
        assert person["location"]
        assert kilometres_from(CITIES[person["city"]], person["location"]) < 10

    def test_staff_is_hidden(self) -> None:
        assert SAM["visibility"] == "hidden"

    def test_ana_and_ben_each_have_everything_the_other_looks_for(self) -> None:
        for one, other in ((ANA, BEN), (BEN, ANA)):
            offered = {*one["skills"], *(SKILLS[skill] for skill in one["skills"])}
            assert set(other["wanted_skills"]) <= offered

    def test_the_cast_joined_before_everybody_else(self) -> None:
        assert max(person["id"] for person in CAST) < PEOPLE[0]["id"]


class TestPortraits:
    def test_a_portrait_is_a_square_jpeg(self) -> None:
        picture = Image.open(io.BytesIO(portrait(ANA["id"], ANA["name"])))
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (SIZE, SIZE))

    def test_the_same_person_always_looks_the_same(self) -> None:
        assert portrait(BEN["id"], BEN["name"]) == portrait(BEN["id"], BEN["name"])

    def test_people_look_different(self) -> None:
        assert len({portrait(person["id"], person["name"]) for person in PEOPLE[:30]}) == 30

    def test_names_in_any_script_will_do(self) -> None:
        assert portrait(UUID(int=7 << 76), "Ελένη 佐藤 חנה").startswith(b"\xff\xd8")
