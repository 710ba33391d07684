"""Addresses of the pages of the chat."""

from django.urls import path

from chat import pages

urlpatterns = [
    path("inbox/", pages.inbox, name="inbox"),
    path("inbox/<uuid:room_id>/", pages.room, name="room"),
]
