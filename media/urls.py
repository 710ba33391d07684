"""Addresses of media below /api/."""

from django.urls import path

from media import views

urlpatterns = [
    path("photos", views.Photos.as_view()),
    path("photos/<uuid:photo_id>", views.OnePhoto.as_view()),
]
