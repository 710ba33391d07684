"""Dumps of the old system as its versions wrote them: the same people three times, in other words."""

import gzip
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bcrypt
import bson
from argon2 import PasswordHasher
from bson import ObjectId

PASSWORD = "an old password 7"
ARGON2 = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
AT = datetime(2024, 5, 17, 12, tzinfo=UTC)


def oid(number: int) -> ObjectId:
    """An ObjectId of May 2024."""
    return ObjectId(f"66470000{number:016x}")


def write(folder: Path, packed: bool = False, **collections: Iterable[Mapping[str, Any] | bytes]) -> Path:
    """A folder as mongodump leaves it. What is bytes is written as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, documents in collections.items():
        raw = b"".join(document if isinstance(document, bytes) else bson.encode(document) for document in documents)
        path = folder / f"{name}.bson{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(raw) if packed else raw)
    return folder


ANA, BEN, CLEO = oid(1), oid(2), oid(3)

# ObjectIds everywhere, names with underscores.
FIRST: dict[str, list[dict[str, Any]]] = {
    "users": [
        {"_id": ANA, "email": "ana@old.example", "password_hash": ARGON2, "is_verified": True, "birthdate": "1990-02-03", "role": "user"},
        {"_id": BEN, "email": "ben@old.example", "password_hash": BCRYPT, "is_verified": True, "birthdate": "1988-12-01", "role": "admin"},
    ],
    "profiles": [
        {
            "_id": oid(11),
            "user_id": ANA,
            "name": "Ana Old",
            "bio": "Builds.",
            "skills": ["js", "Django"],
            "photo_url": "https://img.example/a.jpg",
        },
        {"_id": oid(12), "user_id": BEN, "name": "Ben Old", "field": "Graphic Design", "skills": ["Figma"], "experience_level": "Senior"},
    ],
    "swipes": [
        {"_id": oid(21), "user_id": ANA, "target_user_id": BEN, "action": "like", "created_at": AT},
        {"_id": oid(22), "user_id": BEN, "target_user_id": ANA, "action": "super_like", "created_at": AT},
    ],
    "matches": [{"_id": oid(31), "user1_id": ANA, "user2_id": BEN, "created_at": AT}],
    "messages": [
        {"_id": oid(42), "match_id": oid(31), "sender": BEN, "content": "two", "created_at": AT.replace(minute=2), "read": True},
        {"_id": oid(41), "match_id": oid(31), "sender": ANA, "content": "one", "created_at": AT.replace(minute=1)},
    ],
    "reports": [{"_id": oid(51), "reporter_id": ANA, "reported_user_id": BEN, "reason": "spam", "details": "Adverts.", "created_at": AT}],
    "skill_pairs": [
        {"_id": oid(61), "skill_a": "python", "skill_b": "FIGMA", "score": 0.81},
        {"_id": oid(62), "skill_a": "Figma", "skill_b": "Python", "score": 0.81},
    ],
}

# Strings for ids, names in camel case, people found by `userId`.
SECOND: dict[str, list[dict[str, Any]]] = {
    "users": [
        {
            "_id": oid(101),
            "userId": "u-ana",
            "email": "Ana@old.example",
            "password": ARGON2,
            "emailVerified": True,
            "dateOfBirth": datetime(1990, 2, 3),
            "roles": ["user"],
        },
        {
            "_id": oid(102),
            "userId": "u-ben",
            "email": "ben@old.example",
            "password": BCRYPT,
            "emailVerified": True,
            "dateOfBirth": "1988-12-01T00:00:00Z",
            "roles": ["moderator"],
        },
    ],
    "userProfiles": [
        {"_id": "u-ana", "fullName": "Ana Old", "about": "Builds.", "skills": "js, Django", "avatar": "https://img.example/a.jpg"},
        {
            "userId": str(oid(102)),
            "fullName": "Ben Old",
            "industry": "graphic design",
            "skills": [{"name": "Figma"}],
            "experienceLevel": "senior",
        },
    ],
    "swipes": [
        {"_id": "s1", "swiperId": "u-ana", "swipedId": "u-ben", "direction": "right", "createdAt": "2024-05-17T12:00:00Z"},
        {"_id": "s2", "swiperId": str(oid(102)), "swipedId": "u-ana", "direction": "superlike", "createdAt": 1715947200000},
    ],
    "matches": [{"_id": oid(131), "user1": "u-ben", "user2": {"_id": oid(101)}, "createdAt": AT}],
    "messages": [
        {
            "_id": "m2",
            "matchId": str(oid(131)),
            "senderId": "u-ben",
            "text": "two",
            "createdAt": "2024-05-17T12:02:00+00:00",
            "isRead": True,
        },
        {"_id": "m1", "matchId": str(oid(131)), "senderId": str(oid(101)), "text": "one", "createdAt": "2024-05-17T12:01:00"},
    ],
    "reports": [{"reporter": "u-ana", "reportedUser": "u-ben", "reason": "spam", "description": "Adverts.", "timestamp": AT}],
    "skillCompatibility": [{"skills": ["Figma", "python"], "compatibility": 0.81}, {"skill1": "PYTHON", "skill2": "figma", "score": 0.81}],
}

# `users` for pairs, dates only inside ids, a profile inside the user.
THIRD: dict[str, list[dict[str, Any]]] = {
    "users": [
        {"_id": str(oid(201)), "email": "ana@old.example", "hashed_password": ARGON2, "verified": 1, "profile": {"name": "Ana Old", "bio": "Builds.", "skills": ["js", "Django"], "birthdate": "1990-02-03", "avatar_url": "https://img.example/a.jpg"}},
        {"_id": str(oid(202)), "email": "ben@old.example", "hashed_password": BCRYPT.encode(), "verified": "true", "role": ["staff"], "name": "Ben Old", "field": "Graphic Design", "skills": ["Figma"], "experience": "senior", "birthday": "1988-12-01"},
    ],
    "profiles": [{"_id": oid(201), "bio": "Something else."}, {"_id": oid(202), "role": "Designer"}],
    "swipes": [
        {"_id": oid(221), "from_user": oid(201), "to_user": oid(202), "liked": True},
        {"_id": oid(222), "from_user": oid(202), "to_user": oid(201), "type": "super"},
    ],
    "matches": [{"_id": oid(231), "users": [oid(202), str(oid(201))]}],
    "messages": [
        {"_id": oid(241), "senderId": str(oid(201)), "receiverId": oid(202), "message": "one", "timestamp": AT.replace(minute=1)},
        {"_id": oid(242), "sender": {"_id": oid(202)}, "recipient": oid(201), "body": "two", "timestamp": AT.replace(minute=2), "seen": True},
    ],
    "reports": [{"_id": oid(251), "reportedBy": oid(201), "reported": oid(202), "type": "SPAM", "comment": "Adverts."}],
    "skill_matrix": [{"source": "Python", "target": "Figma", "weight": 0.81}, {"pair": "figma,PYTHON", "value": 0.81}],
}  # fmt: skip
SHAPES = {"underscores": FIRST, "camel case": SECOND, "dates in ids": THIRD}
