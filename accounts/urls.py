"""Addresses of accounts below /api/."""

from django.urls import path

from accounts import views
from accounts.mfa import views as mfa
from accounts.privacy import views as privacy
from accounts.social import views as social

urlpatterns = [
    path("auth/register", views.Register.as_view()),
    path("auth/verify-email", views.VerifyEmail.as_view()),
    path("auth/verify-email/resend", views.ResendCode.as_view()),
    path("auth/login", views.Login.as_view()),
    path("auth/refresh", views.Refresh.as_view()),
    path("auth/logout", views.Logout.as_view()),
    path("auth/logout-all", views.LogoutAll.as_view()),
    path("auth/password/reset", views.RequestReset.as_view()),
    path("auth/password/reset/confirm", views.ConfirmReset.as_view()),
    path("auth/password/change", views.ChangePassword.as_view()),
    path("auth/mfa/totp", mfa.Totp.as_view()),
    path("auth/mfa/totp/confirm", mfa.ConfirmTotp.as_view()),
    path("auth/mfa/recovery-codes", mfa.RecoveryCodes.as_view()),
    path("auth/social/providers", social.Providers.as_view()),
    path("auth/social/<slug:provider>", social.Begin.as_view()),
    path("auth/sessions", views.Sessions.as_view()),
    path("auth/sessions/<uuid:session_id>", views.OneSession.as_view()),
    path("me/export", privacy.MyExport.as_view()),
    path("fields", views.Fields.as_view()),
    path("skills", views.Skills.as_view()),
]
