"""Passkeys (WebAuthn): keys that a device or a password manager keeps, and uses only on the site they were made for.

One stands in for the code behind a password, and where the device makes sure who holds it, for both. The protocol is the library's; what is
kept between question and answer is one challenge, in the browser's session, good once: a passkey answers no question as old as the last.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts import notices
from accounts.mfa import services
from accounts.mfa.models import Passkey
from accounts.models import Member
from accounts.notices import Notice
from ops.errors import Conflict, Invalid, NotFound

MAX_PASSKEYS = 10
log = logging.getLogger("alliv.accounts")
State = dict[str, Any]


class InvalidPasskey(Invalid):
    code, detail = "invalid_passkey", "This passkey was not accepted. Try again."


class TooManyPasskeys(Conflict):
    code, detail = "too_many_passkeys", f"An account has up to {MAX_PASSKEYS} passkeys: remove one first."


@dataclass(frozen=True)
class Site:
    """Where passkeys are good: one host, and the origins its pages come from."""

    host: str
    origins: frozenset[str]

    def server(self) -> Fido2Server:
        return Fido2Server(PublicKeyCredentialRpEntity(id=self.host, name="Alliv"), verify_origin=lambda origin: origin in self.origins)


# --- Having some ---


def passkeys_of(member: Member) -> QuerySet[Passkey]:
    return Passkey.objects.filter(member=member).order_by("created_at")


def begin_adding(member: Member, site: Site) -> tuple[dict[str, Any], State]:
    """What a browser is asked, and what `finish_adding` has to see. The caller has proved the password. Raises TooManyPasskeys."""
    known = list(passkeys_of(member))
    if len(known) >= MAX_PASSKEYS:
        raise TooManyPasskeys
    asked, state = site.server().register_begin(
        PublicKeyCredentialUserEntity(id=member.pk.bytes, name=member.email, display_name=member.email),
        credentials=[credential_of(passkey) for passkey in known],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(asked), {**state, "since": time.time()}


def finish_adding(member: Member, site: Site, state: State, answer: str, *, name: str) -> list[str]:
    """Keeps the passkey. With the first factor come the recovery codes, told once; else none. Raises InvalidPasskey, TooManyPasskeys."""
    with understood():
        credential = site.server().register_complete(state, json.loads(answer)).credential_data
        assert credential is not None
    try:
        with transaction.atomic():
            services.lock(member)
            if passkeys_of(member).count() >= MAX_PASSKEYS:
                raise TooManyPasskeys
            first = not services.is_on(member)
            Passkey.objects.create(
                member=member, name=name, credential_id=websafe_encode(credential.credential_id), credential=bytes(credential)
            )
            notices.tell(member, Notice.PASSKEY_ADDED)
            return services.new_recovery_codes(member) if first else []
    except IntegrityError:
        raise InvalidPasskey from None


def rename(member: Member, passkey_id: UUID, name: str) -> None:
    if not passkeys_of(member).filter(pk=passkey_id).update(name=name):
        raise NotFound


@transaction.atomic
def remove(member: Member, passkey_id: UUID) -> None:
    """The caller has proved the password. Recovery codes go with the last factor."""
    services.lock(member)
    gone, _ = passkeys_of(member).filter(pk=passkey_id).delete()
    if not gone:
        raise NotFound
    notices.tell(member, Notice.PASSKEY_REMOVED)
    services.forget_codes_without_factor(member)


# --- Using one ---


def begin_using(member: Member | None, site: Site) -> tuple[dict[str, Any], State]:
    """What a browser is asked: for a passkey of this member, or of anybody whose device makes sure who holds it."""
    asked, state = site.server().authenticate_begin(
        credentials=[credential_of(passkey) for passkey in passkeys_of(member)] if member else None,
        user_verification=UserVerificationRequirement.PREFERRED if member else UserVerificationRequirement.REQUIRED,
    )
    return dict(asked), {**state, "since": time.time()}


def finish_using(member: Member | None, site: Site, state: State, answer: str) -> Member:
    """Whose passkey it is: that member's, if one is given. Raises InvalidPasskey."""
    with understood():
        said = AuthenticationResponse.from_dict(json.loads(answer))
        mine = Passkey.objects.filter(credential_id=websafe_encode(said.raw_id)).select_related("member")
        passkey = (mine.filter(member=member) if member else mine).get()
        site.server().authenticate_complete(state, [credential_of(passkey)], said)
        if said.response.user_handle not in (None, b"", passkey.member_id.bytes):
            raise ValueError("the device holds it for somebody else")
        count_use(passkey, said.response.authenticator_data.counter, asked_at=datetime.fromtimestamp(state["since"], UTC))
    return passkey.member


def count_use(passkey: Passkey, counter: int, *, asked_at: datetime) -> None:
    """Those that count have to count on: a copy of one would not. Raises ValueError.

    A use is dated by its question, and the counted update lets one of many answers to it through.
    """
    counts_on = Q(sign_count__lt=counter) | Q(sign_count=0)
    unanswered = Q(last_used_at=None) | Q(last_used_at__lt=asked_at)
    if not Passkey.objects.filter(counts_on, unanswered, pk=passkey.pk).update(sign_count=counter, last_used_at=asked_at):
        raise ValueError("the counter did not move, or the question is answered already")


def credential_of(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))


@contextmanager
def understood() -> Iterator[None]:
    """What a browser sends is read by a library that raises whatever it stumbles over."""
    try:
        yield
    except Exception as error:
        log.info("a passkey was not accepted", extra={"error": type(error).__name__})
        raise InvalidPasskey from None
