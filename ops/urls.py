"""Operators' and developers' addresses."""

from django.urls import path

from ops import views
from ops.metrics import metrics

urlpatterns = [
    path("health/live", views.live),
    path("health/ready", views.ready),
    path("metrics", metrics),
    path("dev/mail", views.mail_list, name="dev-mail"),
    path("dev/mail/<str:name>", views.mail_one, name="dev-mail-one"),
]
