"""Any number of demo people from a seed: the same seed tells the same people in the same order."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from random import Random

from accounts.demo.callings import Audience, Calling
from accounts.demo.cast import CAST
from accounts.demo.draft import Draft, draft
from accounts.demo.draw import Urn, data, several, uuid7
from accounts.demo.person import Identity, Level, Person, Tastes, Work
from accounts.demo.prose import Facts, capitalised, titled, with_article, words

__all__ = ["CAST", "Person", "people"]

DOMAIN = "demo.alliv.test"
FIRST_JOINED = int(datetime(2025, 1, 6, 8, tzinfo=UTC).timestamp() * 1000)
LONGEST_GAP_MS = 60_000
LESS_COMPLETE = 0.05

SKILL_COUNTS: dict[Level, tuple[int, int]] = {
    "student": (3, 6),
    "junior": (4, 8),
    "mid": (5, 10),
    "senior": (6, 12),
    "expert": (6, 14),
    "mentor": (5, 12),
}
HOURS = Urn.of([(2, 1), (3, 2), (4, 4), (5, 5), (6, 5), (8, 7), (10, 9), (12, 5), (15, 6), (20, 6), (25, 2), (30, 2), (40, 2)])
FURTHER_LINKS = ("notes", "talks", "social")


def people(count: int, seed: int) -> Iterator[Person]:
    """`count` people, in the order they joined.

    Asking for more continues the same row: people(10, 7) are the first ten of people(1000, 7). E-mail addresses are
    unique within one seed only.
    """
    rng, joined = Random(seed), FIRST_JOINED
    for number in range(1, count + 1):
        joined += rng.randint(1, LONGEST_GAP_MS)
        whole = person(rng, number, joined)
        if rng.random() < LESS_COMPLETE:
            forget(rng, whole)
        yield whole


def person(rng: Random, number: int, joined: int) -> Person:
    """Somebody who filled in everything (but for the point on the map); `joined` in milliseconds since 1970."""
    drawn = draft(rng)
    who, does = identity(rng, drawn, number, joined), work(rng, drawn)
    likes = tastes(rng, drawn.calling, remote=does["remote_only"])
    text = words(rng, drawn.level, facts(rng, drawn, does, likes))
    return {**who, **does, **likes, **drawn.city.place(rng), **text}


def identity(rng: Random, drawn: Draft, number: int, joined: int) -> Identity:
    culture = drawn.city.culture(rng)
    name = culture.name(rng)
    page = f"{DOMAIN}/{name.given}-{name.family}-{number}"
    return {
        "id": uuid7(joined, rng),
        "email": f"{name.given}.{name.family}.{number}@{DOMAIN}",
        "name": name.full,
        "birthdate": drawn.birthdate,
        "languages": drawn.city.spoken(rng, culture),
        "links": [f"https://{host}.{page}" for host in link_hosts(rng, drawn.calling)],
        "visibility": "public",
    }


def link_hosts(rng: Random, calling: Calling) -> list[str]:
    """None to three; the first is where the work of this calling is shown."""
    return list(dict.fromkeys((calling.link, *FURTHER_LINKS)))[: rng.choice((0, 1, 1, 1, 2, 3))]


def work(rng: Random, drawn: Draft) -> Work:
    skills = drawn.role.some_skills(rng, rng.randint(*SKILL_COUNTS[drawn.level]))
    return {
        "field": drawn.calling.field,
        "role": titled(drawn.spoken),
        "skills": skills,
        "wanted_skills": wanted_skills(rng, drawn.sought, skills),
        "experience_level": drawn.level,
        "hours_per_week": HOURS.one(rng),
        "remote_only": rng.random() < drawn.calling.remote,
    }


def wanted_skills(rng: Random, sought: list[Audience], own: list[str]) -> list[str]:
    """What the people sought can do and this one cannot. Never empty: an audience's category is nobody's own skill."""
    options = ([skill for skill in audience.skills if skill not in own] for audience in sought)
    drawn = (several(rng, skills, 2, 4) for skills in options)
    return list(dict.fromkeys(skill for skills in drawn for skill in skills))


def tastes(rng: Random, calling: Calling, *, remote: bool) -> Tastes:
    liked = data("tastes")
    of_the_trade = several(rng, calling.interests, 1, 2)
    of_anybody = [interest for interest in several(rng, liked["interests"], 2, 4) if interest not in of_the_trade]
    styles = [rng.choice(options) for options in several(rng, liked["work_styles"], 1, 4)]
    return {
        "interests": of_the_trade + of_anybody,
        "values": values().some(rng, rng.randint(3, 5)),
        "work_styles": [*styles, "Remote" if remote else rng.choice(liked["places_of_work"])],
    }


@cache
def values() -> Urn[str]:
    return Urn.by_rank(data("tastes")["values"])


def facts(rng: Random, drawn: Draft, does: Work, likes: Tastes) -> Facts:
    """The words that templates may use."""
    a_role, sought = with_article(drawn.spoken), drawn.sought[0]
    first, second, third = does["skills"][:3]
    return {
        "a_role": a_role,
        "A_role": capitalised(a_role),
        "Role": does["role"],
        "city": drawn.city.name,
        "years": str(drawn.years),
        "does": rng.choice(drawn.role.does),
        "project": rng.choice(drawn.calling.projects),
        "who": rng.choice(sought.who),
        "wanted": named_skill(sought, does["wanted_skills"]),
        "first": first,
        "second": second,
        "third": third,
        "interest": likes["interests"][0],
        "pastime": likes["interests"][-1],
        "hours": str(does["hours_per_week"]),
    }


def named_skill(sought: Audience, wanted: list[str]) -> str:
    """A wanted skill to speak of: rather a real one than the audience's category."""
    return next((skill for skill in wanted if skill != sought.skills[0]), wanted[0])


# Things that real members leave out.
GAPS: tuple[Callable[[Person], None], ...] = (
    lambda whole: whole.update({"field": None, "role": ""}),
    lambda whole: whole.update({"headline": ""}),
    lambda whole: whole.update({"bio": ""}),
    lambda whole: whole.update({"skills": whole["skills"][:2]}),
    lambda whole: whole.update({"wanted_skills": []}),
    lambda whole: whole.update({"experience_level": None}),
    lambda whole: whole.update({"hours_per_week": None}),
    lambda whole: whole.update({"city": "", "location": None}),
)


def forget(rng: Random, whole: Person) -> None:
    for leave_out in rng.sample(GAPS, rng.randint(1, 3)):
        leave_out(whole)
