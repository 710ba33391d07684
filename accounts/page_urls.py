"""Addresses of the pages of accounts."""

from django.urls import path

from accounts import account_pages, pages, second_step
from accounts.privacy import views as privacy

urlpatterns = [
    path("accounts/signup/", pages.signup, name="signup"),
    path("accounts/verify/", pages.verify, name="verify"),
    path("accounts/verify/resend/", pages.resend, name="verify-resend"),
    path("accounts/reset/", pages.reset, name="reset"),
    path("accounts/reset/confirm/", pages.reset_confirm, name="reset-confirm"),
    path("accounts/login/", pages.login, name="login"),
    path("accounts/login/code/", second_step.login_code, name="login-code"),
    path("accounts/logout/", pages.logout, name="logout"),
    path("settings/account/", account_pages.account, name="settings-account"),
    path("exports/<str:word>.zip", privacy.export_file, name="export-file"),
    path("theme/", pages.set_theme, name="set-theme"),
]
