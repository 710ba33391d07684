"""Reading the codes that were mailed."""

import re

from ops.models import Mail


def code_in(mail: Mail) -> str:
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found, mail.text
    return found[0]


def last_code() -> str:
    """The code of the newest mail."""
    mail = Mail.objects.order_by("-id").first()
    assert mail is not None
    return code_in(mail)


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
