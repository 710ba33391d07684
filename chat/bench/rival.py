"""`python -m chat.bench.rival PORT`: a chat as one writes it with python-socketio, for comparison.

Everything as its documentation has it: the Redis manager between processes, rooms joined at connect, one INSERT for each message by way
of a pool, and the acknowledgement after it. WebSockets only and without compression, as Alliv does it.
"""

import os
import sys
from typing import Any

import socketio
import uvicorn
from psycopg_pool import AsyncConnectionPool

TABLE = """CREATE TABLE IF NOT EXISTS rival_message (
    id bigserial PRIMARY KEY, room_id uuid NOT NULL, sender_id uuid NOT NULL, client_id uuid NOT NULL, body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (room_id, sender_id, client_id))"""
MEMBER = "SELECT member_id FROM accounts_session WHERE id = %s AND ended_at IS NULL"
ROOMS = "SELECT m.room_id FROM chat_membership m JOIN chat_room r ON r.match_id = m.room_id WHERE m.member_id = %s AND r.closed_at IS NULL"
INSERT = "INSERT INTO rival_message (room_id, sender_id, client_id, body) VALUES (%s, %s, %s, %s) RETURNING id, created_at"

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=10, max_size=50, open=False)
# Every emit takes a connection to Redis for itself; 100, the client's default, are not enough for a server under load.
manager = socketio.AsyncRedisManager(os.environ["REDIS_URL"], redis_options={"max_connections": 2000})
server = socketio.AsyncServer(async_mode="asgi", client_manager=manager, transports=["websocket"], http_compression=False)


async def connect(sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
    async with pool.connection() as connection:
        found = await (await connection.execute(MEMBER, [auth["token"]])).fetchone()
        if found is None:
            raise ConnectionRefusedError("not signed in")
        rooms = [str(row[0]) for row in await (await connection.execute(ROOMS, found)).fetchall()]
    await server.save_session(sid, {"member": str(found[0]), "rooms": set(rooms)})
    for room in rooms:
        await server.enter_room(sid, room)


async def typing(sid: str, data: dict[str, Any]) -> None:
    session = await server.get_session(sid)
    if data["room"] in session["rooms"]:
        await server.emit("typing", {**data, "member": session["member"]}, room=data["room"], skip_sid=sid)


async def send(sid: str, data: dict[str, Any]) -> dict[str, Any]:
    session = await server.get_session(sid)
    room, member = data["room"], session["member"]
    if room not in session["rooms"]:
        return {"error": "room_not_found"}
    async with pool.connection() as connection:
        stored = await connection.execute(INSERT, [room, member, data["client_id"], data["body"]])
        row = await stored.fetchone()
    assert row is not None
    message = {**data, "id": row[0], "sender": member, "created_at": row[1].isoformat()}
    await server.emit("message", message, room=room, skip_sid=sid)
    return {"client_id": data["client_id"], "id": row[0], "created_at": message["created_at"]}


for handler in (connect, typing, send):
    server.on(handler.__name__, handler)


async def open_pool() -> None:
    await pool.open()
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(1)")
        await connection.execute(TABLE)


def main(port: int) -> None:
    application = socketio.ASGIApp(server, on_startup=open_pool, on_shutdown=pool.close)
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="error", access_log=False, ws_per_message_deflate=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
