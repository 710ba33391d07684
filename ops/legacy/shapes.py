"""The one place that knows how the old system wrote things down, in all the ways it did. Pure: a document in, a small object out.

Names below are folded (`user_id` and `userId` are `userid`). What a document does not say is None; nothing is made up. Raises Skip for a
document that lacks what nothing can be without.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils import timezone

from ops.legacy import values
from ops.legacy.outcomes import Skip
from ops.legacy.sources import Document
from ops.legacy.values import day, flag, folded, identifier, moment, number, pick, text, texts

Fields = Mapping[str, Any]

OWN_IDS = ("_id", "userid", "id", "uuid")
ACTORS = ("actorid", "actor", "swiperid", "swiper", "fromuserid", "fromuser", "from", "userid", "user", "user1id")
TARGETS = ("targetuserid", "targetid", "target", "swipedid", "swipeduserid", "swiped", "touserid", "touser", "to", "likeduserid", "user2id")
REPORTERS = ("reporterid", "reporter", "reportedby", "fromuserid", "userid", "user")
REPORTED = ("subjectid", "subject", "reporteduserid", "reportedid", "reporteduser", "reported", "targetuserid", "targetid")
CREATED = ("createdat", "created", "timestamp", "sentat", "date", "datecreated", "joinedat", "swipedat", "matchedat")
STAFF_ROLES = {"admin", "administrator", "staff", "moderator", "superuser", "superadmin"}
ACTIONS = {
    "like": "like", "liked": "like", "right": "like", "yes": "like", "accept": "like", "true": "like",
    "pass": "pass", "passed": "pass", "dislike": "pass", "left": "pass", "no": "pass", "skip": "pass", "reject": "pass", "nope": "pass",
    "false": "pass", "superlike": "super_like", "super": "super_like", "up": "super_like",
}  # fmt: skip
ENDED = {"ended", "unmatched", "inactive", "closed", "deleted", "removed", "blocked"}
# The profile's fields as the API calls them, and what the old system called them.
TEXTS: dict[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "displayname"),
    "headline": ("headline", "title", "tagline"),
    "bio": ("bio", "about", "aboutme", "description", "summary"),
    "field": ("field", "professionalfield", "fieldofwork", "industry"),
    "role": ("jobtitle", "position", "occupation", "profession", "role"),
    "experience_level": ("experiencelevel", "experience", "level", "seniority"),
    "country": ("countrycode", "country"),
    "city": ("city",),
    "timezone": ("timezone", "tz"),
}
LISTS: dict[str, tuple[str, ...]] = {
    "skills": ("skills", "skillset"),
    "wanted_skills": ("wantedskills", "skillswanted", "lookingforskills", "lookingfor", "desiredskills", "skillsneeded", "seeking"),
    "interests": ("interests", "hobbies"),
    "values": ("values", "corevalues"),
    "work_styles": ("workstyles", "workstyle", "workpreferences"),
    "languages": ("languages",),
    "links": ("links", "urls", "websites", "sociallinks"),
}
PHOTOS = ("photos", "photourls", "photourl", "images", "pictures", "picture", "avatar", "avatarurl", "profilepicture", "profilephoto")


# --- Dates ---


def created(document: Document) -> datetime | None:
    """When it was made: as it says, or as its ObjectId does where it says nothing that can be true."""
    said = moment(pick(document.fields, *CREATED))
    return next((at for at in (said, document.born) if at and at <= timezone.now()), None)


def dated(document: Document) -> datetime:
    if at := created(document):
        return at
    said = moment(pick(document.fields, *CREATED))
    raise Skip("future_date" if said or document.born else "no_date")


# --- People ---


@dataclass(frozen=True, slots=True)
class OldUser:
    ids: tuple[str, ...]
    email: str
    password: str
    verified: bool | None
    verified_at: datetime | None
    joined_at: datetime | None
    staff: bool
    active: bool
    suspended: bool
    suspended_at: datetime | None
    suspended_until: datetime | None


def user(document: Document) -> OldUser:
    fields = document.fields
    status = (text(fields.get("status")) or "").lower()
    if flag(pick(fields, "isdeleted", "deleted")) or fields.get("deletedat") or status == "deleted":
        raise Skip("deleted_account")
    email = text(pick(fields, "email", "emailaddress", "mail"))
    if not email:
        raise Skip("no_email")
    verified_at = moment(pick(fields, "emailverifiedat", "verifiedat"))
    return OldUser(
        ids=tuple(key for name in OWN_IDS if (key := identifier(fields.get(name)))),
        email=email,
        password=text(pick(fields, "passwordhash", "hashedpassword", "password", "pwhash")) or "",
        verified=flag(pick(fields, "emailverified", "isemailverified", "isverified", "verified")),
        verified_at=verified_at if verified_at and verified_at <= timezone.now() else None,
        joined_at=created(document),
        staff=bool(roles(fields) & STAFF_ROLES) or bool(flag(pick(fields, "isstaff", "isadmin"))),
        active=flag(pick(fields, "isactive", "active")) is not False and status not in {"inactive", "deactivated"},
        suspended=bool(flag(pick(fields, "isbanned", "banned", "suspended", "issuspended"))) or status in {"banned", "suspended"},
        suspended_at=moment(pick(fields, "suspendedat", "bannedat")),
        suspended_until=moment(pick(fields, "suspendeduntil", "banneduntil")),
    )


def roles(fields: Fields) -> set[str]:
    """Of `role` and `roles`, each a word or a list of them."""
    return {word.lower() for name in ("role", "roles") for word in texts(fields.get(name))}


@dataclass(frozen=True, slots=True)
class OldProfile:
    """`said` has the names of the API's profile."""

    owners: tuple[str, ...]
    said: dict[str, Any]
    birthdate: date | None
    photos: list[str]


def profile(document: Document, *, of_user: bool = False) -> OldProfile:
    """Of a profile, or of what a user's document says of one: there `role` is a right and no profession."""
    fields = {**document.fields, **folded(inner)} if isinstance(inner := document.fields.get("profile"), Mapping) else document.fields
    hidden = {"role", "title", "level"} if of_user else set()
    plain = {name: value for name, value in fields.items() if name not in hidden}
    return OldProfile(
        owners=tuple(key for name in ("userid", "user", "memberid", "owner", "_id") if (key := identifier(fields.get(name)))),
        said=said(plain),
        birthdate=day(pick(fields, "birthdate", "dateofbirth", "dob", "birthday")),
        photos=photo_urls(fields),
    )


def said(fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {name: text(pick(fields, *names)) for name, names in TEXTS.items()}
    found |= {name: texts(pick(fields, *names)) for name, names in LISTS.items()}
    found["name"] = found["name"] or " ".join(filter(None, (text(fields.get("firstname")), text(fields.get("lastname")))))
    found["experience_level"] = (found["experience_level"] or "").lower()
    found["remote_only"] = flag(pick(fields, "remoteonly", "remote"))
    found["hours_per_week"] = whole(number(pick(fields, "hoursperweek", "availabilityhours", "weeklyhours", "availability")))
    found["location"] = point(pick(fields, "location", "coordinates", "geo"))
    found["visibility"] = visibility(fields)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def whole(found: float | None) -> int | None:
    return int(found) if found is not None and found.is_integer() else None


def visibility(fields: Fields) -> str | None:
    shown = flag(pick(fields, "ispublic", "isvisible", "public"))
    hidden = flag(pick(fields, "ishidden", "hidden"))
    if shown is False or hidden:
        return "hidden"
    return (text(fields.get("visibility")) or "").lower() or None


def point(value: Any) -> dict[str, float] | None:
    """`{lat, lon}`, `{latitude, longitude}`, or GeoJSON, which says the longitude first."""
    if not isinstance(value, Mapping):
        return None
    fields = folded(value)
    if isinstance(pair := fields.get("coordinates"), list) and len(pair) == 2:
        longitude, latitude = map(number, pair)
    else:
        latitude, longitude = number(pick(fields, "lat", "latitude")), number(pick(fields, "lon", "lng", "longitude"))
    return {"lat": latitude, "lon": longitude} if latitude is not None and longitude is not None else None


def photo_urls(fields: Fields) -> list[str]:
    found = [url for name in PHOTOS for url in texts(fields.get(name))]
    return list(dict.fromkeys(url for url in found if url.startswith(("https://", "http://"))))


@dataclass(frozen=True, slots=True)
class OldPhoto:
    owner: str
    url: str


def photo(document: Document) -> OldPhoto:
    owner = identifier(pick(document.fields, "userid", "user", "memberid", "owner", "profileid"))
    url = text(pick(document.fields, "url", "photourl", "imageurl", "src", "path"))
    if not owner:
        raise Skip("no_member")
    if not url or not url.startswith(("https://", "http://")):
        raise Skip("no_url")
    return OldPhoto(owner, url)


# --- What they decided about one another ---


@dataclass(frozen=True, slots=True)
class OldSwipe:
    actor: str
    target: str
    action: str
    note: str
    at: datetime


def swipe(document: Document) -> OldSwipe:
    fields = document.fields
    actor = identifier(
        pick(fields, "actorid", "actor", "swiperid", "swiper", "fromuserid", "fromuser", "from", "userid", "user", "user1id")
    )
    target = identifier(
        pick(
            fields,
            "targetuserid",
            "targetid",
            "target",
            "swipedid",
            "swipeduserid",
            "swiped",
            "touserid",
            "touser",
            "to",
            "likeduserid",
            "user2id",
        )
    )
    if not actor or not target:
        raise Skip("no_member")
    word = values.fold(str(pick(fields, "action", "direction", "type", "swipetype", "decision", "liked", "islike")))
    if word not in ACTIONS:
        raise Skip("unknown_action")
    return OldSwipe(actor, target, ACTIONS[word], text(pick(fields, "note", "message")) or "", dated(document))


@dataclass(frozen=True, slots=True)
class OldMatch:
    one: str
    other: str
    at: datetime
    ended: bool
    ended_at: datetime | None


def match(document: Document) -> OldMatch:
    fields = document.fields
    if isinstance(users := pick(fields, "users", "members", "participants", "userids"), list):
        pair = [identifier(who) for who in users]
    else:
        pair = [identifier(pick(fields, f"user{n}id", f"user{n}", f"member{n}id", f"member{n}")) for n in (1, 2)]
        pair = pair if all(pair) else [identifier(pick(fields, f"user{x}id", f"user{x}", f"member{x}id")) for x in "ab"]
    if len(pair) != 2 or not pair[0] or not pair[1]:
        raise Skip("not_two_members")
    ended_at = moment(pick(fields, "endedat", "unmatchedat", "deletedat"))
    status = (text(fields.get("status")) or "").lower()
    gone = flag(pick(fields, "unmatched", "isdeleted", "deleted")) or flag(pick(fields, "isactive", "active")) is False
    return OldMatch(pair[0], pair[1], dated(document), bool(gone or ended_at or status in ENDED), ended_at)


# --- What they said ---


@dataclass(frozen=True, slots=True)
class OldMessage:
    match: str | None
    sender: str
    receiver: str | None
    body: str
    at: datetime
    edited_at: datetime | None
    read: bool


def message_place(document: Document) -> str:
    """What it is sorted by before it is read: its conversation, then its time."""
    at = created(document)
    return f"{message_match(document.fields)}\t{at.timestamp() if at else 0:020.6f}"


def message_match(fields: Fields) -> str | None:
    return identifier(pick(fields, "matchid", "match", "conversationid", "conversation", "roomid", "room", "chatid", "chat"))


def message(document: Document) -> OldMessage:
    fields = document.fields
    sender = identifier(pick(fields, "senderid", "sender", "fromuserid", "from", "authorid", "author", "userid"))
    receiver = identifier(pick(fields, "receiverid", "receiver", "recipientid", "recipient", "touserid", "to"))
    place = message_match(fields)
    if not sender:
        raise Skip("no_sender")
    if not place and not receiver:
        raise Skip("no_match")
    if flag(pick(fields, "deleted", "isdeleted")) or fields.get("deletedat"):
        raise Skip("deleted_message")
    body = text(pick(fields, "body", "content", "text", "message"))
    if not body:
        raise Skip("no_text")
    read = bool(flag(pick(fields, "read", "isread", "seen"))) or bool(moment(fields.get("readat"))) or fields.get("status") == "read"
    return OldMessage(place, sender, receiver, body, dated(document), moment(pick(fields, "editedat")), read)


# --- What staff kept ---


@dataclass(frozen=True, slots=True)
class OldReport:
    reporter: str
    subject: str
    reason: str
    details: str
    status: str
    at: datetime


def report(document: Document) -> OldReport:
    fields = document.fields
    reporter, subject = identifier(pick(fields, *REPORTERS)), identifier(pick(fields, *REPORTED))
    if not reporter or not subject:
        raise Skip("no_member")
    return OldReport(
        reporter, subject,
        reason=(text(pick(fields, "reason", "type", "category")) or "").lower(),
        details=text(pick(fields, "details", "description", "comment", "message", "text")) or "",
        status=(text(fields.get("status")) or "").lower(),
        at=dated(document),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OldPair:
    a: str
    b: str
    score: float
    at: datetime | None


def skill_pair(document: Document) -> OldPair:
    fields = document.fields
    named = texts(pick(fields, "skills", "pair"))
    if len(named) != 2:
        named = [text(pick(fields, f"skill{x}", f"skill{x}name", x_name)) or "" for x, x_name in (("a", "source"), ("b", "target"))]
    if not all(named):
        named = [text(pick(fields, f"skill{n}", f"skill{n}name")) or "" for n in (1, 2)]
    if not all(named):
        raise Skip("not_two_skills")
    score = number(pick(fields, "score", "compatibility", "compatibilityscore", "weight", "value"))
    if score is None or not 0 <= score <= 1:
        raise Skip("no_score" if score is None else "score_out_of_range")
    return OldPair(named[0], named[1], score, moment(pick(fields, "updatedat", *CREATED)))


Shape = TypeVar("Shape")


def read(shape: Callable[[Document], Shape], documents: Iterable[Document]) -> dict[str, Shape]:
    """By key, those of these documents that have this shape."""
    found: dict[str, Shape] = {}
    for document in documents:
        with suppress(Skip):
            found[document.key] = shape(document)
    return found
