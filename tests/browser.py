"""A browser without JavaScript: it fills in the forms that a page really has and presses the buttons that are really there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.test import Client

from accounts.models import Member

ORIGIN = "http://testserver"


@dataclass
class Form:
    method: str
    action: str
    enctype: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # text, name, value

    def filled(self, button: tuple[str, str, str], given: dict[str, Any]) -> dict[str, list[Any]]:
        """What the form sends: its own values, replaced by those given; None unticks."""
        assert set(given) <= self.names, f"the form has no {set(given) - self.names}"
        data: dict[str, list[Any]] = {}
        for name, value in self.values:
            data.setdefault(name, []).append(value)
        for name, value in given.items():
            data[name] = value if isinstance(value, list) else [] if value is None else [value]
        if button[1]:
            data[button[1]] = [button[2]]
        return data


class Page(HTMLParser):
    """Forms, links and words of one answer."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]], bool] | None = None
        self._inside: tuple[str, dict[str, str], list[str]] | None = None  # an open button, link or textarea
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = Form(given.get("method", "get").lower(), given.get("action", ""), given.get("enctype", ""))
            self.forms.append(self._form)
        elif tag in {"button", "a", "textarea"}:
            self._inside = (tag, given, [])
        elif self._form is not None and given.get("name", "") and tag in {"input", "select"}:
            self._form.names.add(given["name"])
            self._field(tag, given)
        elif tag == "option" and self._select is not None:
            self._select[1].append((given.get("value", ""), "selected" in given))

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        kind = given.get("type", "text")
        if tag == "select":
            self._select = (given["name"], [], "multiple" in given)
        elif kind in {"checkbox", "radio"}:
            if "checked" in given:
                self._form.values.append((given["name"], given.get("value", "on")))
        elif kind != "file":
            self._form.values.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None and self._form is not None:
            name, options, many = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1] if not many]
            self._form.values += [(name, value) for value in chosen]
            self._select = None
        elif self._inside and tag == self._inside[0]:
            self._close(*self._inside)
            self._inside = None

    def _close(self, tag: str, given: dict[str, str], parts: list[str]) -> None:
        text = " ".join("".join(parts).split())
        if tag == "a":
            self.links.append((text, given.get("href", "")))
        elif tag == "textarea" and self._form is not None:
            if name := given.get("name"):  # else it is sent to nobody
                self._form.names.add(name)
                self._form.values.append((name, "".join(parts).removeprefix("\n")))
        elif self._form is not None and given.get("type", "submit") == "submit":
            self._form.buttons.append((text, given.get("name", ""), given.get("value", "")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._inside:
            self._inside[2].append(data)


class Browser:
    """`open`, `click` and `press` follow redirects; `answer` is what came in the end, at `path`."""

    def __init__(self, member: Member | None = None, **headers: str) -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"user-agent": "Firefox/130 (X11; Linux)", **headers})
        if member is not None:
            self.client.force_login(member, backend="accounts.signin.EmailBackend")

    def open(self, path: str, status: int = 200) -> "Browser":
        return self._took(self.client.get(path, follow=True), path, status)

    def click(self, text: str) -> "Browser":
        href = next((href for shown, href in self.page.links if shown == text), None)
        assert href, f"no link {text!r} among {[shown for shown, _ in self.page.links]}"
        return self.open(urljoin(self.path, href))

    def press(self, text: str, *, status: int = 200, nth: int = 0, near: str = "", **given: Any) -> "Browser":
        """Presses the nth button of this text whose form has `near` among its values, with the form filled in."""
        found = [
            (form, button) for form in self.page.forms for button in form.buttons
            if button[0] == text and (not near or near in [value for _, value in form.values])
        ]  # fmt: skip
        assert len(found) > nth, f"no button {text!r} on {self.path}"
        form, button = found[nth]
        return self._send(form, form.filled(button, given), status)

    def _send(self, form: Form, data: dict[str, list[Any]], status: int) -> "Browser":
        path = urljoin(self.path, form.action) if form.action else self.path
        head: dict[str, Any] = {"follow": True, "headers": {"referer": ORIGIN + self.path}}
        if form.method == "get":
            path = f"{urlsplit(path).path}?{urlencode(data, doseq=True)}"
            return self._took(self.client.get(path, **head), path, status)
        if form.enctype == "multipart/form-data":
            return self._took(self.client.post(path, data, **head), path, status)
        body = urlencode(data, doseq=True)
        return self._took(self.client.post(path, body, content_type="application/x-www-form-urlencoded", **head), path, status)

    def _took(self, answer: Any, path: str, status: int) -> "Browser":
        self.answer = answer
        self.path = path
        for place, _status in answer.redirect_chain:
            self.path = urljoin(self.path, place.removeprefix(ORIGIN))
        assert answer.status_code == status, (answer.status_code, self.path)
        self.page = Page(answer.content.decode())
        return self

    @property
    def text(self) -> str:
        return " ".join("".join(self.page.words).split())

    def form_with(self, name: str) -> dict[str, str]:
        """The values of the form that has a field of this name."""
        return dict(next(form.values for form in self.page.forms if name in form.names))
