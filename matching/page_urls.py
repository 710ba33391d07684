"""Addresses of the pages of matching."""

from django.urls import path

from matching import mail_pages, nearby_pages, pages, profile_pages, safety_pages

urlpatterns = [
    path("discover/", pages.discover, name="discover"),
    path("discover/swipe/", pages.swipe, name="swipe"),
    path("discover/undo/", pages.undo, name="undo"),
    path("nearby/", nearby_pages.nearby, name="nearby"),
    path("members/<uuid:member_id>/", pages.member, name="member"),
    path("members/<uuid:member_id>/why/", pages.why, name="why"),
    path("members/<uuid:member_id>/block/", pages.block, name="block"),
    path("safety/", safety_pages.safety, name="safety"),
    path("safety/report/<uuid:member_id>/", safety_pages.report, name="report"),
    path("invitations/", pages.invitations, name="invitations"),
    path("matches/<uuid:match_id>/unmatch/", pages.unmatch, name="unmatch"),
    path("mails/matches/stop/<str:word>/", mail_pages.stop, name="stop-match-mails"),
    path("onboarding/", profile_pages.onboarding, name="onboarding"),
    path("settings/", profile_pages.settings_index, name="settings"),
    path("settings/profile/", profile_pages.settings_profile, name="settings-profile"),
    path("settings/privacy/", profile_pages.settings_privacy, name="settings-privacy"),
    path("settings/photo/", profile_pages.settings_photo, name="settings-photo"),
    path("settings/must-haves/", profile_pages.settings_must_haves, name="settings-must-haves"),
]
