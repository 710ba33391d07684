"""Failures that have a name.

    Problem                          one HTTP status, one stable code, one sentence
    ├── Invalid              400     what was sent cannot be accepted; may carry field errors
    ├── NotAuthenticated     401
    ├── Forbidden            403
    ├── NotFound             404     also for what the asker may not know to exist
    ├── Conflict             409
    ├── PreconditionFailed   412
    ├── TooLarge             413
    ├── Unprocessable        422
    ├── TooMany              429     may say after how many seconds to come again
    └── Unavailable          503

Apps derive their own (`LikeQuotaReached(TooMany)`), REST and sockets speak the same codes.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One wrong place of a body: `pointer` is an RFC 6901 JSON pointer."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    detail: str = "Something went wrong on our side."
    headers: dict[str, str]

    def __init__(self, detail: str | None = None, *, errors: list[FieldError] | None = None, **extra: object) -> None:
        self.detail = detail or self.detail
        self.errors = errors or []
        self.extra = extra
        self.headers = {}
        super().__init__(self.detail)


class Invalid(Problem):
    status, code, detail = 400, "invalid", "The request is not valid."

    @classmethod
    def field(cls, name: str, detail: str, code: str = "invalid") -> "Invalid":
        return cls(detail, errors=[FieldError(f"/{name}", code, detail)])


class NotAuthenticated(Problem):
    status, code, detail = 401, "not_authenticated", "Sign in first."


class Forbidden(Problem):
    status, code, detail = 403, "forbidden", "You may not do this."


class NotFound(Problem):
    status, code, detail = 404, "not_found", "There is nothing here."


class Conflict(Problem):
    status, code, detail = 409, "conflict", "This does not fit what happened before."


class PreconditionFailed(Problem):
    status, code, detail = 412, "precondition_failed", "It was changed since you read it."


class TooLarge(Problem):
    status, code, detail = 413, "too_large", "This is larger than allowed."


class Unprocessable(Problem):
    status, code, detail = 422, "unprocessable", "This cannot be done."


class TooMany(Problem):
    status, code, detail = 429, "rate_limited", "Too many requests: wait a moment."

    def __init__(self, detail: str | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, retry_after))


class Unavailable(Problem):
    status, code, detail = 503, "unavailable", "This is not available right now: try again in a moment."
