"""Addresses of the pages of accounts."""

from django.urls import path

from accounts import pages

urlpatterns = [
    path("accounts/signup/", pages.signup, name="signup"),
    path("accounts/verify/", pages.verify, name="verify"),
    path("accounts/verify/resend/", pages.resend, name="verify-resend"),
    path("accounts/login/", pages.login, name="login"),
    path("accounts/logout/", pages.logout, name="logout"),
    path("theme/", pages.set_theme, name="set-theme"),
]
