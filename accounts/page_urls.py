"""Addresses of the pages of accounts."""

from django.urls import path

from accounts import account_pages, pages, passkey_pages, second_step, security_pages
from accounts.privacy import views as privacy
from accounts.social import pages as social
from accounts.social.providers import NAMES

urlpatterns = [
    path("accounts/signup/", pages.signup, name="signup"),
    path("accounts/verify/", pages.verify, name="verify"),
    path("accounts/verify/resend/", pages.resend, name="verify-resend"),
    path("accounts/reset/", pages.reset, name="reset"),
    path("accounts/reset/confirm/", pages.reset_confirm, name="reset-confirm"),
    path("accounts/login/", pages.login, name="login"),
    path("accounts/login/code/", second_step.login_code, name="login-code"),
    path("accounts/passkey/", passkey_pages.sign_in, name="passkey-sign-in"),
    path("accounts/passkey/options/", passkey_pages.using, name="passkey-options"),
    path("accounts/social/finish/", social.finish, name="social-finish"),
    path("accounts/social/<slug:provider>/", social.begin, name="social-begin"),
    # The library looks for its callbacks by these names.
    *(path(f"accounts/social/{name}/callback/", social.callback, {"provider": name}, name=f"{name}_callback") for name in NAMES),
    path("accounts/logout/", pages.logout, name="logout"),
    path("settings/security/", security_pages.security, name="settings-security"),
    path("settings/security/passkey/options/", passkey_pages.adding, name="passkey-adding"),
    path("settings/account/", account_pages.account, name="settings-account"),
    path("exports/<str:word>.zip", privacy.export_file, name="export-file"),
    path("theme/", pages.set_theme, name="set-theme"),
]
