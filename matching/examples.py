"""The operations of matching as the reference shows them: Ana likes Ben, and Ben likes Ana."""

from typing import Any

from accounts.examples import ANA, BEN, EMAIL, MOMENT, PASSWORD
from media.examples import PHOTO
from ops.reference import Operation, page

MATCH = "01a213c2-66d6-74c9-b649-779a95f3e091"
SWIPE = "01a213c2-6697-773e-baec-416d2be0d612"
PAIR = "01a213c2-43a3-74d7-92ed-c10e8990d345"
CURSOR = "https://alliv.example.org/api/discover?limit=1&cursor=eyJhZnRlciI6WzAuOTA1XX0:1xWGpI:RMBKOIWQ"

CARD = {
    "id": BEN,
    "name": "Ben Hartmann",
    "headline": "Designer for things that have to be understood at seven in the morning",
    "field": "Graphic Design",
    "role": "Product and Brand Designer",
    "skills": ["Figma", "UI Design", "User Research"],
    "photo": PHOTO,
    "country": "DE",
    "city": "Berlin",
    "distance_band": "100+",
    "online": True,
}
EXPLANATION: dict[str, Any] = {
    "score": 90.5,
    "confidence": 0.9,
    "explanation": [
        {"factor": "field", "value": 0.9, "weight": 0.2, "points": 18.0},
        {"factor": "skills", "value": 0.84, "weight": 0.2, "points": 16.8},
        {"factor": "experience", "value": 0.9, "weight": 0.15, "points": 13.5},
        {"factor": "availability", "value": 0.95, "weight": 0.15, "points": 14.2},
        {"factor": "location", "value": 0.7, "weight": 0.1, "points": 7.0},
        {"factor": "values", "value": 0.9, "weight": 0.1, "points": 9.0},
        {"factor": "semantic", "value": 0.5, "weight": 0.1, "points": 5.0},
    ],
    "boosts": [{"code": "design+development", "points": 7.0}],
    "reasons": [{"code": "wanted", "params": {"share": 1.0}, "text": "You bring what the other is looking for."}],
    "matrix_version": 1,
}
PROFILE: dict[str, Any] = {
    "id": BEN,
    "name": "Ben Hartmann",
    "headline": CARD["headline"],
    "bio": "I start on paper with whoever has to use the thing, and move to Figma late.",
    "field": "Graphic Design",
    "role": CARD["role"],
    "skills": CARD["skills"],
    "wanted_skills": ["Python", "Django"],
    "interests": ["letterpress"],
    "values": ["Honesty"],
    "work_styles": ["Async first"],
    "languages": ["de", "en"],
    "experience_level": "senior",
    "hours_per_week": 18,
    "remote_only": False,
    "country": "DE",
    "city": "Berlin",
    "timezone": "Europe/Berlin",
    "links": ["https://portfolio.example.org/ben"],
    "visibility": "public",
    "photos": [PHOTO],
    "online": True,
    "last_seen": MOMENT,
    "distance_band": "100+",
    "version": 3,
}
OWN_PROFILE = {
    **PROFILE,
    "id": ANA,
    "name": "Ana Ribeiro",
    "distance_band": None,
    "photos": [],
    "email": EMAIL,
    "birthdate": "1991-04-17",
    "completeness": {"percent": 90, "missing": ["photo"]},
    "show_presence": True,
    "mail_language": "en",
    "match_mails": True,
    "must_haves": {"languages": ["en"]},
    "location": {"set": True},
    "unknown_skills": [],
}
NEW_MATCH = {"id": MATCH, "member": CARD, "room": MATCH, "score": 90.5, "matched_at": MOMENT, "last_message": None, "unread": 0}
LIKE = {"id": SWIPE, "member": CARD, "action": "super_like", "note": "Shall we?", "created_at": MOMENT}
PAIR_ROW = {"id": PAIR, "skill_a": "CSS", "skill_b": "Database Design", "score": 0.95, "updated_at": MOMENT, "updated_by": None}
DETAILS = "Sends the same advertisement to everybody they match with."
REPORT = {
    "id": "01a213c2-6a10-7d11-9b24-f042a7faefcc",
    "subject": BEN,
    "reason": "spam",
    "details": DETAILS,
    "context": {"room": MATCH},
    "status": "open",
    "created_at": MOMENT,
}
FIRST_CARD = {"member_id": "$response.body#/results/0/member/id"}
FIRST_PAIR = {"pair_id": "$response.body#/results/0/id"}
SAME_PAIR = {"pair_id": "$response.body#/id"}
ABOUT_PAIRS = ("read_pair", "change_pair", "delete_pair")

OPERATIONS = {
    "GET /api/me": Operation("read_me", "Your own profile", answers={200: OWN_PROFILE}, etag=True),
    "PATCH /api/me": Operation(
        "change_me",
        "Change your profile: what is left out stays, null clears",
        sends={"headline": "Backend engineer building a calmer way to run a small clinic", "skills": ["Python", "Django"], "city": None},
        answers={200: OWN_PROFILE},
        refusals=("precondition_failed",),
        etag=True,
    ),
    "DELETE /api/me": Operation(
        "leave", "Delete your account and everything in it", sends={"password": PASSWORD}, refusals=("wrong_password",)
    ),
    "GET /api/profiles/{member_id}": Operation("read_profile", "A member as you may see them", answers={200: PROFILE}, etag=True),
    "GET /api/discover": Operation(
        "discover",
        "Everybody else, best first, each with an explanation that adds up",
        answers={200: page({"member": CARD, **EXPLANATION}, following=CURSOR)},
        leads_to={"read_profile": FIRST_CARD, "explain": FIRST_CARD, "swipe": {}},
    ),
    "GET /api/compatibility/{member_id}": Operation("explain", "How well somebody and you fit, and why", answers={200: EXPLANATION}),
    "GET /api/swipes": Operation(
        "list_swipes",
        "What you have decided, newest first",
        answers={200: page(LIKE)},
        leads_to={"undo_swipe": FIRST_CARD},
    ),
    "POST /api/swipes": Operation(
        "swipe",
        "Like, super like or pass; two likes that meet are a match",
        sends={"target": BEN, "action": "super_like", "note": "Shall we?"},
        answers={201: {"id": SWIPE, "action": "super_like", "matched": True, "match": NEW_MATCH}},
        refusals=("not_found", "already_swiped", "like_quota"),
        leads_to={"undo_swipe": {"member_id": "$request.body#/target"}, "read_match": {"match_id": "$response.body#/match/id"}},
    ),
    "GET /api/swipes/stats": Operation(
        "swipe_stats",
        "Your decisions in numbers",
        answers={200: {"likes": 12, "super_likes": 1, "passes": 7, "received": 9, "matches": 3, "match_rate": 0.23}},
    ),
    "DELETE /api/swipes/{member_id}": Operation(
        "undo_swipe", "Take a decision back, unless it became a match", refusals=("already_matched",)
    ),
    "GET /api/invitations": Operation(
        "list_invitations",
        "Likes that wait for your answer, super likes first",
        answers={200: page({**LIKE, "score": 90.5})},
        leads_to={"read_profile": FIRST_CARD},
    ),
    "GET /api/blocks": Operation(
        "list_blocks", "Whom you have blocked", answers={200: page({"member": BEN, "name": "Ben Hartmann", "created_at": MOMENT})}
    ),
    "POST /api/blocks": Operation(
        "block",
        "Block somebody: final both ways, at once",
        sends={"member": BEN},
        answers={201: {"member": BEN}},
        refusals=("not_found",),
        leads_to={"unblock": {"member_id": "$response.body#/member"}},
    ),
    "DELETE /api/blocks/{member_id}": Operation("unblock", "Take a block back"),
    "POST /api/reports": Operation(
        "report",
        "Tell the staff about a member; they decide",
        sends={"subject": BEN, "reason": "spam", "details": DETAILS, "context": {"room": MATCH}},
        answers={201: REPORT},
        refusals=("not_found", "already_reported"),
    ),
    "GET /api/skill-compatibility": Operation(
        "read_matrix",
        "What scores are made from, as published",
        answers={
            200: {
                "version": 1,
                "pairs": [{"skill_a": "CSS", "skill_b": "Database Design", "score": 0.95}],
                "field_synergies": [{"field_a": "Graphic Design", "field_b": "Software Development", "score": 0.9}],
                "weights": {
                    "field": 0.2,
                    "skills": 0.2,
                    "experience": 0.15,
                    "availability": 0.15,
                    "location": 0.1,
                    "values": 0.1,
                    "semantic": 0.1,
                },
                "boosts": [{"group_a": "design", "group_b": "development", "points": 0.07}],
            },
            304: None,
        },
        etag=True,
    ),
    "GET /api/admin/skill-compatibility": Operation(
        "list_pairs", "Staff: every pair of the matrix", answers={200: page(PAIR_ROW)}, leads_to=dict.fromkeys(ABOUT_PAIRS, FIRST_PAIR)
    ),
    "POST /api/admin/skill-compatibility": Operation(
        "set_pair",
        "Staff: add a pair (201) or change it (200); the skills in either order",
        sends={"skill_a": "Database Design", "skill_b": "CSS", "score": 0.95, "reason": "They ship together."},
        answers={200: PAIR_ROW, 201: PAIR_ROW},
        leads_to=dict.fromkeys(ABOUT_PAIRS, SAME_PAIR),
    ),
    "GET /api/admin/skill-compatibility/{pair_id}": Operation("read_pair", "Staff: one pair", answers={200: PAIR_ROW}),
    "PATCH /api/admin/skill-compatibility/{pair_id}": Operation(
        "change_pair", "Staff: another score for a pair", sends={"score": 0.9, "reason": "Seen in practice."}, answers={200: PAIR_ROW}
    ),
    "DELETE /api/admin/skill-compatibility/{pair_id}": Operation("delete_pair", "Staff: delete a pair"),
}
