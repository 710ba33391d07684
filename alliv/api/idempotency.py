"""`Idempotency-Key`: a POST that is sent again gets the first answer instead of being done twice.

The key belongs to the member (or, before signing in, to the address), is kept for a day, and names one request: the same
key with another body or path is a mistake, and said so. Paths that answer with tokens take no part.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from accounts.models import Member
from accounts.tokens import session_of_access_token
from alliv.api.errors import MEDIA_TYPE, problem
from ops.addresses import address_of
from ops.errors import Problem, Unprocessable
from ops.models import IdempotencyKey

HEADER = "Idempotency-Key"
LIFETIME = timedelta(hours=24)
MAX_LENGTH = 255
MAX_UPLOAD = 11 * 1024 * 1024
# A first request that has not answered by then has died.
GIVEN_UP = timedelta(minutes=2)


class KeyReused(Unprocessable):
    code, detail = "idempotency_key_reused", "This key was used for another request."


class Idempotency:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not takes_part(request.path):
            return self.get_response(request)
        if not 1 <= len(key) <= MAX_LENGTH or not key.isprintable():
            return refusal(400, "invalid", f"{HEADER} has 1 to {MAX_LENGTH} printable characters.")
        return self.once(request, owner_of(request), key)

    def once(self, request: HttpRequest, owner: str, key: str) -> HttpResponse:
        digest = digest_of(request)
        claimed = claim(owner, key, digest)
        if claimed is None:
            return answered(IdempotencyKey.objects.filter(owner=owner, key=key).first(), digest)
        response = self.get_response(request)
        if response.status_code >= 500 or response.status_code in {401, 429}:
            claimed.delete()  # nothing was done: the same key may try again
        else:
            remember(claimed, response)
        return response


def digest_of(request: HttpRequest) -> str:
    """What the key names: this path with this content."""
    digest = hashlib.sha256(f"{request.path}\n{request.content_type}\n".encode())
    for part in parts_of(request):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def parts_of(request: HttpRequest) -> Iterator[bytes]:
    """The content piece by piece. An upload is streamed past memory and bounded anew each time, so its fields and files are what counts."""
    length = int(request.headers.get("Content-Length") or 0)
    if request.content_type != "multipart/form-data":
        yield request.body
    elif length > MAX_UPLOAD:  # nobody reads it: the view refuses it by its length
        yield str(length).encode()
    else:
        for name, values in sorted(request.POST.lists()):
            yield from (name.encode(), *(value.encode() for value in values))
        for name in sorted(request.FILES):
            yield name.encode()
            for file in request.FILES.getlist(name):
                yield from file.chunks()
                file.seek(0)


def takes_part(path: str) -> bool:
    return path.startswith("/api/") and (not path.startswith("/api/auth/") or path == "/api/auth/register")


def owner_of(request: HttpRequest) -> str:
    if isinstance(request.user, Member):
        return str(request.user.pk)
    try:
        return str(session_of_access_token(request.headers.get("Authorization", "").removeprefix("Bearer ")).member_id)
    except Problem:
        return address_of(request)


def claim(owner: str, key: str, digest: str) -> IdempotencyKey | None:
    """The new row of a first request; None when the key is taken."""
    now = timezone.now()
    mine = IdempotencyKey.objects.filter(owner=owner, key=key)
    mine.filter(created_at__lt=now - LIFETIME).delete()
    mine.filter(status=None, created_at__lt=now - GIVEN_UP).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(owner=owner, key=key, request_digest=digest)
    except IntegrityError:
        return None


def remember(claimed: IdempotencyKey, response: HttpResponse) -> None:
    IdempotencyKey.objects.filter(id=claimed.id).update(
        status=response.status_code, content_type=response.get("Content-Type", ""), body=response.content
    )


def answered(row: IdempotencyKey | None, digest: str) -> HttpResponse:
    """What a taken key is answered with."""
    if row is not None and row.request_digest != digest:
        return refusal(KeyReused.status, KeyReused.code, KeyReused.detail)
    if row is None or row.status is None:
        return refusal(409, "conflict", "The first request with this key is still at work.")
    return HttpResponse(bytes(row.body), status=row.status, content_type=row.content_type, headers={"Idempotent-Replayed": "true"})


def refusal(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)
