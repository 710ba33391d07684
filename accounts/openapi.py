"""How the schema describes the two ways of being signed in."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.tokens.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "The access token of signing in; it lives 15 minutes."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": about}


class BrowserScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.tokens.BrowserAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "The browser's session; whatever writes also needs the token of the CSRF cookie in X-CSRFToken."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": about}
