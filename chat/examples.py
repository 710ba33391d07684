"""The operations of matches and conversations as the reference shows them."""

from accounts.examples import ANA, MOMENT
from matching.examples import CARD, MATCH, NEW_MATCH
from ops.reference import Operation, page

CLIENT_ID = "01a213c2-6700-7000-8000-5d8def2662a9"
MESSAGE = {
    "room": MATCH,
    "id": "01a213c2-6729-740a-9b24-f042a7faefcc",
    "position": 1,
    "seq": 1,
    "sender": ANA,
    "client_id": CLIENT_ID,
    "body": "Hello Ben, shall we?",
    "photo": None,
    "created_at": MOMENT,
    "edited_at": None,
    "deleted": False,
}
MATCH_ROW = {**NEW_MATCH, "last_message": MESSAGE, "unread": 1}
ROOM = {
    "id": MATCH,
    "match": MATCH,
    "peer": CARD,
    "head": 1,
    "read_seq": 0,
    "peer_read_seq": 1,
    "unread": 1,
    "last_message": MESSAGE,
}
FIRST_MATCH, FIRST_ROOM = {"match_id": "$response.body#/results/0/id"}, {"room_id": "$response.body#/results/0/id"}
SAME_MESSAGE = {"room_id": "$response.body#/room", "message_id": "$response.body#/id"}

OPERATIONS = {
    "GET /api/matches": Operation(
        "list_matches",
        "Your matches, newest first",
        answers={200: page(MATCH_ROW)},
        leads_to={"read_match": FIRST_MATCH, "unmatch": FIRST_MATCH},
    ),
    "GET /api/matches/{match_id}": Operation("read_match", "One match of yours", answers={200: MATCH_ROW}),
    "DELETE /api/matches/{match_id}": Operation("unmatch", "End a match for both; its conversation closes"),
    "GET /api/chat/rooms": Operation(
        "list_rooms",
        "Your conversations by last activity",
        answers={200: page(ROOM)},
        leads_to=dict.fromkeys(("read_messages", "send_message", "mark_read"), FIRST_ROOM),
    ),
    "GET /api/chat/rooms/{room_id}/messages": Operation(
        "read_messages", "Messages of a conversation, ascending", answers={200: {"results": [MESSAGE], "has_more": False, "head": 1}}
    ),
    "POST /api/chat/rooms/{room_id}/messages": Operation(
        "send_message",
        "Send a message; the same `client_id` again answers 200 with the message it made",
        sends={"client_id": CLIENT_ID, "body": MESSAGE["body"]},
        answers={200: MESSAGE, 201: MESSAGE},
        refusals=("busy",),
        leads_to={"edit_message": SAME_MESSAGE, "delete_message": SAME_MESSAGE},
    ),
    "PATCH /api/chat/rooms/{room_id}/messages/{message_id}": Operation(
        "edit_message",
        "Change a message of yours, for 15 minutes",
        sends={"body": "Hello Ben! Shall we?"},
        answers={200: {**MESSAGE, "body": "Hello Ben! Shall we?", "seq": 2, "edited_at": MOMENT}},
        refusals=("too_late", "busy"),
    ),
    "DELETE /api/chat/rooms/{room_id}/messages/{message_id}": Operation(
        "delete_message", "Empty a message of yours for both", refusals=("busy",)
    ),
    "POST /api/chat/rooms/{room_id}/read": Operation(
        "mark_read", "Everything up to this seq was seen", sends={"seq": 1}, refusals=("busy",)
    ),
    "POST /api/chat/ticket": Operation(
        "issue_ticket",
        "A way into the socket, good once within 30 seconds",
        answers={201: {"ticket": "qLY8yuNalEqSIRznixM1TS1_3s14roGdM9tE-AELfw4", "expires_in": 30}},
    ),
}
