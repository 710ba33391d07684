"""Addresses of media below /api/."""

from django.urls import path

from media import views

urlpatterns = [
    path("photos", views.Photos.as_view()),
    path("photos/uploads", views.Uploads.as_view()),
    path("photos/uploads/<uuid:upload_id>/complete", views.CompleteUpload.as_view()),
    path("photos/uploads/<uuid:upload_id>/content", views.UploadContent.as_view()),
    path("photos/<uuid:photo_id>", views.OnePhoto.as_view()),
]
