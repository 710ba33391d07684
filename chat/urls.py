"""Addresses of the chat below /api/."""

from django.urls import path

from chat import views

urlpatterns = [
    path("matches", views.Matches.as_view()),
    path("matches/<uuid:match_id>", views.OneMatch.as_view()),
    path("chat/rooms", views.Rooms.as_view()),
    path("chat/rooms/<uuid:room_id>/messages", views.Messages.as_view()),
    path("chat/rooms/<uuid:room_id>/messages/<uuid:message_id>", views.OneMessage.as_view()),
    path("chat/rooms/<uuid:room_id>/read", views.ReadMark.as_view()),
    path("chat/ticket", views.Tickets.as_view()),
]
