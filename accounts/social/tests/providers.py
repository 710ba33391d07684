"""Google and GitHub as a small server on this machine: what they are asked, and answers like theirs."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter

CLIENT = "alliv-test"


@dataclass
class Provider:
    """What it says of the person who signs in there, and the exchanges it saw."""

    email: str = "noor@example.org"
    verified: bool = True
    uid: str = "4711"
    name: str = "Noor Haddad"
    refuses: bool = False
    exchanges: list[dict[str, str]] = field(default_factory=list)

    def token(self) -> dict[str, Any]:
        claims = {
            "iss": "https://accounts.google.com", "aud": CLIENT, "sub": self.uid, "email": self.email, "email_verified": self.verified,
            "given_name": self.name.split()[0], "family_name": self.name.split()[-1], "picture": "https://example.org/noor.png", "iat": int(time()), "exp": int(time()) + 600,
        }  # fmt: skip
        return {"access_token": "given", "token_type": "Bearer", "id_token": jwt.encode(claims, "k" * 32)}

    def answer(self, path: str) -> Any:
        return {
            "/token": self.token(),
            "/user": {"id": int(self.uid), "login": "noor", "name": self.name, "email": self.email},
            "/user/emails": [{"email": self.email, "primary": True, "verified": self.verified}],
        }[path]


@contextmanager
def serving(provider: Provider, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both libraries' adapters talk to `provider`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            provider.exchanges.append(dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())))
            self.say()

        def do_GET(self) -> None:
            self.say()

        def say(self) -> None:
            body = json.dumps({"error": "no"} if provider.refuses else provider.answer(urlsplit(self.path).path)).encode()
            self.send_response(400 if provider.refuses else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    for adapter in (GoogleOAuth2Adapter, GitHubOAuth2Adapter):
        patch.setattr(adapter, "access_token_url", f"{base}/token")
    patch.setattr(GitHubOAuth2Adapter, "profile_url", f"{base}/user")
    patch.setattr(GitHubOAuth2Adapter, "emails_url", f"{base}/user/emails")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
