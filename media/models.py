"""Photos: random names, clean bytes, in the member's order."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from ops.models import Row


class Photo(Row):
    """One photo of a member. Its variants are files named by `key`, which nobody can guess."""

    class Status(models.TextChoices):
        PROCESSING = "processing"
        READY = "ready"
        HIDDEN = "hidden"

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="photos")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=43, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    thumbhash = models.CharField(max_length=40, blank=True)
    alt = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the clean bytes.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READY)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position"]
        # selectors.profile_photos: the first photo of many members for their cards.
        constraints = [models.UniqueConstraint(fields=["member", "position"], name="media_photo_position")]

    def __str__(self) -> str:
        return f"photo {self.position} of {self.member_id}"


class Upload(Row):
    """A file that its member puts into the storage by themselves; `photo` is what it became."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    alt = models.CharField(max_length=200, blank=True)
    photo = models.ForeignKey(Photo, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.content_type} of {self.member_id}"


class OldPhoto(Row):
    """Where a member's photo lay in the old system: an address to be fetched later, and nothing more."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="old_photos")
    url = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "url"], name="media_oldphoto_once")]

    def __str__(self) -> str:
        return f"old photo of {self.member_id}"
