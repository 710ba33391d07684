"""The operations of accounts as the reference shows them. Ana looks for a designer; Ben is one."""

from ops.reference import Operation, page

ANA, BEN = "01941f29-7c00-7a0a-8a11-0a0a0a0a0a01", "01941f29-7fe8-7b0b-8b22-0b0b0b0b0b02"
EMAIL, PASSWORD, CODE = "ana@example.org", "correct horse 42 battery", "492817"
SESSION = "01a213c2-63ad-71c2-b435-5d8def2662a9"
REFRESH = "VFiGiolmSxptdiv0mu0Ew5qb-Ee579fxEpMKywOdymw"
MOMENT = "2026-11-25T17:30:36.333527Z"

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTPAUTH = f"otpauth://totp/Alliv:{EMAIL}?secret={SECRET}&issuer=Alliv"
RECOVERY_CODES = {"recovery_codes": ["k7wm-3fqe-x2ra-9tbn", "p4hd-8cyz-m6vj-2usg"]}
TOKENS = {
    "access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTk0MWYyOSJ9.d8PV5E8y5rOTfENS6KNAk4wQxQY",
    "refresh": REFRESH,
    "token_type": "Bearer",
    "expires_in": 900,
    "member": {"id": ANA, "name": "Ana Ribeiro", "email": EMAIL},
}
WAITS_FOR_CODE = {"status": "verification_required", "email": EMAIL}
THEN_REFRESH = {"refresh_tokens": {"refresh": "$response.body#/refresh"}}

OPERATIONS = {
    "POST /api/auth/register": Operation(
        "register",
        "Sign up; a code is mailed. The answer is the same when the address is known already",
        sends={"email": EMAIL, "password": PASSWORD, "name": "Ana Ribeiro", "birthdate": "1991-04-17"},
        answers={201: WAITS_FOR_CODE},
    ),
    "POST /api/auth/verify-email": Operation(
        "verify_email",
        "Prove the address with the mailed code, and be signed in",
        sends={"email": EMAIL, "code": CODE},
        answers={200: TOKENS},
        refusals=("invalid_code", "otp_required"),
    ),
    "POST /api/auth/verify-email/resend": Operation(
        "resend_code", "Ask for another code, once a minute", sends={"email": EMAIL}, answers={202: WAITS_FOR_CODE}
    ),
    "POST /api/auth/login": Operation(
        "sign_in",
        "Sign in",
        sends={"email": EMAIL, "password": PASSWORD},
        answers={200: TOKENS},
        refusals=("invalid_credentials", "otp_required", "invalid_otp", "email_not_verified", "suspended"),
    ),
    "POST /api/auth/refresh": Operation(
        "refresh_tokens",
        "Change a refresh token for a new pair; used twice, it ends its session",
        sends={"refresh": REFRESH},
        answers={200: TOKENS},
        refusals=("token_expired", "token_revoked", "token_reused"),
    ),
    "POST /api/auth/logout": Operation("sign_out", "End the session of a refresh token", sends={"refresh": REFRESH}),
    "POST /api/auth/logout-all": Operation("sign_out_everywhere", "End every session of yours"),
    "POST /api/auth/password/reset": Operation(
        "request_reset", "Ask for a code to set a new password", sends={"email": EMAIL}, answers={202: {"status": "accepted"}}
    ),
    "POST /api/auth/password/reset/confirm": Operation(
        "confirm_reset",
        "Set a new password with the code; every session ends",
        sends={"email": EMAIL, "code": CODE, "password": "another horse 43 stable"},
        refusals=("invalid_code",),
    ),
    "POST /api/auth/password/change": Operation(
        "change_password",
        "Set a new password; every other session ends",
        sends={"old": PASSWORD, "new": "another horse 43 stable"},
        refusals=("wrong_password",),
    ),
    "GET /api/auth/mfa/totp": Operation(
        "read_second_factor", "Whether you have a second factor", answers={200: {"enabled": True, "recovery_codes_left": 10}}
    ),
    "POST /api/auth/mfa/totp": Operation(
        "begin_second_factor",
        "Get a secret for an authenticator app; nothing changes before a first code is confirmed",
        answers={200: {"secret": SECRET, "uri": OTPAUTH, "qr": "data:image/svg+xml;base64,PHN2Zy8+"}},
        refusals=("second_factor_on",),
    ),
    "DELETE /api/auth/mfa/totp": Operation(
        "end_second_factor",
        "Switch the second factor off",
        sends={"password": PASSWORD, "code": CODE},
        refusals=("invalid_code", "wrong_password", "second_factor_off"),
    ),
    "POST /api/auth/mfa/totp/confirm": Operation(
        "confirm_second_factor",
        "Switch the second factor on; the answer tells the recovery codes, once",
        sends={"code": CODE},
        answers={200: RECOVERY_CODES},
        refusals=("invalid_code", "second_factor_on", "second_factor_off"),
    ),
    "POST /api/auth/mfa/recovery-codes": Operation(
        "renew_recovery_codes",
        "Ten new recovery codes; the old ones no longer work",
        sends={"password": PASSWORD},
        answers={200: RECOVERY_CODES},
        refusals=("invalid_code", "wrong_password", "second_factor_off"),
    ),
    "GET /api/auth/sessions": Operation(
        "list_sessions",
        "Where you are signed in",
        answers={
            200: page(
                {
                    "id": SESSION,
                    "kind": "token",
                    "device": "Firefox on Linux",
                    "place": "network 203.0.113.0",
                    "created_at": MOMENT,
                    "last_used_at": MOMENT,
                    "current": True,
                }
            )
        },
        leads_to={"end_session": {"session_id": "$response.body#/results/0/id"}},
    ),
    "DELETE /api/auth/sessions/{session_id}": Operation("end_session", "End one session of yours"),
    "POST /api/me/export": Operation(
        "request_export",
        "Ask for a file with everything that is held about you; a mail tells when it is ready",
        answers={202: {"status": "processing"}},
    ),
    "GET /api/me/export": Operation(
        "read_export",
        "Your latest export, with a link to it that works for an hour",
        answers={200: {"status": "ready", "url": "https://alliv.example.org/exports/eyJleHBvcnQiOiIwMWEyIn0.zip", "expires_at": MOMENT}},
        refusals=("not_found",),
    ),
    "GET /api/auth/social/providers": Operation(
        "list_providers", "Who else may say who you are", answers={200: page({"id": "github", "name": "GitHub"})}
    ),
    "POST /api/auth/social/{provider}": Operation(
        "begin_social_sign_in",
        "Get the address where a provider asks for consent; the browser comes back signed in",
        answers={200: {"authorization_url": "https://github.com/login/oauth/authorize?client_id=alliv&state=Zx81"}},
        refusals=("not_found",),
    ),
    "GET /api/fields": Operation(
        "list_fields",
        "Every professional field",
        answers={200: page({"slug": "graphic-design", "name": "Graphic Design", "groups": ["design"]})},
    ),
    "GET /api/skills": Operation(
        "find_skills",
        "Skills by name and alias; without `q` all of them",
        answers={200: page({"slug": "python", "name": "Python", "category": "Backend", "aliases": ["Py", "Python 3"]})},
    ),
}
