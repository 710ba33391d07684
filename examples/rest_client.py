"""A client of the REST API in a page: signing in, new tokens in time, whole lists, waiting when told to, and refusals with their codes.

    pip install httpx
    python examples/rest_client.py http://127.0.0.1:8000 ana@demo.alliv.test alliv-demo-2026

It says who fits best, and who waits for an answer.
"""

import sys
import time
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]


class Refused(Exception):
    """A problem of the API. `code` is for programs and does not change; `errors` point into the body."""

    def __init__(self, problem: Json) -> None:
        self.status: int = problem["status"]
        self.code: str = problem["code"]
        self.errors: list[Json] = problem.get("errors", [])
        self.request_id: str = problem["request_id"]
        super().__init__(f"{self.code}: {problem['detail']} (request {self.request_id})")


class Tokens(httpx.Auth):
    """Signs in with the first request. Access tokens live 15 minutes; the refresh token buys the next pair, once."""

    requires_response_body = True

    def __init__(self, site: str, email: str, password: str) -> None:
        self.site, self.pair = site, Json()
        self.credentials = {"email": email, "password": password}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self.pair:
            self.take((yield self.ask("login", self.credentials)))
        request.headers["Authorization"] = f"Bearer {self.pair['access']}"
        answer = yield request
        if answer.status_code == 401 and answer.json()["code"] == "token_expired":
            self.take((yield self.ask("refresh", {"refresh": self.pair["refresh"]})))
            request.headers["Authorization"] = f"Bearer {self.pair['access']}"
            yield request

    def ask(self, what: str, body: Json) -> httpx.Request:
        return httpx.Request("POST", f"{self.site}/api/auth/{what}", json=body)

    def take(self, answer: httpx.Response) -> None:
        if answer.is_error:
            raise Refused(answer.json())
        self.pair = answer.json()


class Alliv:
    def __init__(self, site: str, email: str, password: str, patience: float = 60) -> None:
        self.http = httpx.Client(base_url=site, auth=Tokens(site, email, password), headers={"X-API-Version": "1"}, timeout=20)
        self.patience = patience

    def call(self, method: str, path: str, body: Json | None = None, **query: Any) -> Any:
        """The answer's JSON. A POST carries a key, so that trying again after a lost answer does nothing twice. Raises Refused."""
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        for _ in range(3):
            answer = self.http.request(method, path, json=body, params=query or None, headers=headers)
            wait = int(answer.headers.get("Retry-After", 0))
            if not wait or wait > self.patience:
                break
            time.sleep(wait)
        if answer.is_error:
            raise Refused(answer.json())
        return answer.json() if answer.content else None

    def every(self, path: str, **query: Any) -> Iterator[Json]:
        """All rows of a list, page by page."""
        page = self.call("GET", path, **query)
        while True:
            yield from page["results"]
            if page["next"] is None:
                return
            page = self.call("GET", page["next"])

    def like(self, member: str, note: str = "") -> Json | None:
        """The match that it made, if any."""
        swipe: Json = self.call("POST", "/api/swipes", {"target": member, "action": "super_like" if note else "like", "note": note})
        match: Json | None = swipe["match"]
        return match

    def send(self, room: str, text: str) -> Json:
        message: Json = self.call("POST", f"/api/chat/rooms/{room}/messages", {"client_id": str(uuid4()), "body": text})
        return message


def main(site: str, email: str, password: str) -> None:
    alliv = Alliv(site, email, password)
    me = alliv.call("GET", "/api/me")
    print(f"{me['name']}, your profile is complete to {me['completeness']['percent']} %. Who fits best:")
    for row in islice(alliv.every("/api/discover", limit=2), 5):
        why = next((reason["text"] for reason in row["reasons"]), "Little is known about one of you.")
        print(f"  {row['score']:5.1f}  {row['member']['name']}, {row['member']['role']}: {why}")
    for invitation in alliv.every("/api/invitations"):
        print(f"{invitation['member']['name']} likes you: {invitation['note'] or '(no note)'}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:4])
    except Refused as refusal:
        sys.exit(str(refusal))
