"""The mail of the embedded default: kept as files, readable in the browser."""

from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from ops import devmail, outbox
from tests.browser import Browser

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _kept(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.DEV_MAIL = tmp_path, True
    settings.EMAIL_BACKEND = "ops.devmail.DevMailBackend"


def sent(code: str = "123456", to: str = "ana@example.org") -> str:
    """Sends one and gives the name it is kept under."""
    outbox.send(str(outbox.post("verify", to=to, context={"code": code}).pk))
    return devmail.names()[0]


def test_every_mail_is_an_eml_file_and_on_the_console(capsys: Any, tmp_path: Path) -> None:
    sent()
    [path] = (tmp_path / "mail").glob("*.eml")
    mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert (mail["to"], mail["from"], mail["subject"]) == ("ana@example.org", "Alliv <hello@alliv.test>", "Your Alliv code")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "123456" in capsys.readouterr().err


def test_mails_are_listed_newest_first_and_opened(tmp_path: Path) -> None:
    sent("111111")
    sent("222222", "ben@example.org")
    browser = Browser().open("/dev/mail")
    assert browser.text.index("ben@example.org") < browser.text.index("ana@example.org")
    browser.click("Your Alliv code")
    assert "222222" in browser.text
    assert browser.click("All mail").path == "/dev/mail"


def test_no_mail_yet_is_a_page_too() -> None:
    assert "No mail yet" in Browser().open("/dev/mail").text


@pytest.mark.parametrize("name", ["nothing", "..%2Fsecret", "..%2F..%2Fdb", "%00"])
def test_a_name_that_is_not_kept_is_a_404(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\nsecret")
    Browser().open(f"/dev/mail/{name}", status=404)


def test_with_a_real_mail_server_there_is_no_such_page(settings: Any) -> None:
    name = sent()
    settings.DEV_MAIL = False
    Browser().open("/dev/mail", status=404)
    assert "123456" not in Browser().open(f"/dev/mail/{name}", status=404).text
