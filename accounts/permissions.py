"""Who may use the API at all."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Member
from ops.errors import Forbidden


class EmailNotVerified(Forbidden):
    code, detail = "email_not_verified", "Verify your e-mail address first."


class IsVerifiedMember(BasePermission):
    """Signed in with a verified address: the default for every view."""

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.user, Member):
            return False
        if not request.user.is_verified:
            raise EmailNotVerified
        return True
