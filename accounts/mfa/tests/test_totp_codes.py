"""The codes themselves: RFC 6238's own numbers, and the window in which they count."""

import pytest

from accounts.mfa import totp

pytestmark = pytest.mark.unit

# RFC 6238, appendix B (SHA-1), the last six of its eight digits; the secret is "12345678901234567890" in base32.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("moment", "code"), RFC)
def test_the_standard_s_own_numbers(moment: int, code: str) -> None:
    assert totp.code_at(SECRET, totp.step_at(moment)) == code
    assert totp.matching_step(SECRET, code, moment) == moment // 30


@pytest.mark.parametrize(("seconds", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(seconds: int, counts: bool) -> None:
    now = 1_700_000_015
    code = totp.code_at(SECRET, totp.step_at(now + seconds))
    assert (totp.matching_step(SECRET, code, now) is not None) is counts


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "🦊"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, 59) is None


def test_secrets_are_long_and_never_the_same() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(secret) for secret in made} == {32}  # 160 bits, what the RFC recommends


def test_the_address_is_what_apps_read() -> None:
    assert totp.address(SECRET, "ana@example.org") == f"otpauth://totp/Alliv:ana%40example.org?secret={SECRET}&issuer=Alliv"
    assert totp.qr_code("otpauth://x").startswith("data:image/svg+xml")
