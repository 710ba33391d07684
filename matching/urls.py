"""Addresses of matching below /api/."""

from django.urls import path

from matching import safety_views, views

urlpatterns = [
    path("me", views.Me.as_view()),
    path("profiles/<uuid:member_id>", views.OneProfile.as_view()),
    path("discover", views.Discover.as_view()),
    path("compatibility/<uuid:member_id>", views.Compatibility.as_view()),
    path("swipes", views.Swipes.as_view()),
    path("swipes/stats", views.SwipeStats.as_view()),
    path("swipes/<uuid:member_id>", views.OneSwipe.as_view()),
    path("invitations", views.Invitations.as_view()),
    path("blocks", safety_views.Blocks.as_view()),
    path("blocks/<uuid:member_id>", safety_views.OneBlock.as_view()),
    path("reports", safety_views.Reports.as_view()),
    path("skill-compatibility", views.PublishedMatrix.as_view()),
    path("admin/skill-compatibility", views.SkillPairs.as_view()),
    path("admin/skill-compatibility/<uuid:pair_id>", views.OneSkillPair.as_view()),
]
