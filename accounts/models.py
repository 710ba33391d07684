"""Members, what they say about themselves, and how they are signed in."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.timezone import now

from accounts.vocabulary.models import Field
from ops.ids import uuid7
from ops.models import Row


class MemberQuerySet(models.QuerySet["Member"]):
    def in_good_standing(self) -> "MemberQuerySet":
        """Verified, open and not suspended: who may be seen and may act."""
        return self.filter(self.model.good_standing())


class MemberManager(BaseUserManager["Member"]):
    def get_queryset(self) -> MemberQuerySet:
        return MemberQuerySet(self.model, using=self._db)

    def in_good_standing(self) -> MemberQuerySet:
        return self.get_queryset().in_good_standing()

    def get_by_natural_key(self, email: str | None) -> "Member":
        return self.get(email=(email or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """A member with an empty profile. The caller says who they are; nothing is mailed."""
        member = Member(email=email.strip().lower(), **fields)
        member.set_password(password)
        member.save()
        Profile.objects.create(member=member)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        fields = {"birthdate": date(1990, 1, 1), "email_verified_at": now(), **fields}
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Member(AbstractBaseUser, PermissionsMixin):
    """A person with an account. Signs in by e-mail; kept in lower case, unique."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True, max_length=254)
    birthdate = models.DateField(null=True, blank=True, help_text="Empty: came over from the old system, which did not know it.")
    email_verified_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_until = models.DateTimeField(null=True, blank=True, help_text="Empty with a suspension: for good.")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=now)

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["-id"]
        indexes = [
            # staff_home.charts: who joined, a day each; and the order of the staff's list.
            models.Index(fields=["joined_at"], name="accounts_member_joined"),
            # admin: the few that its filters ask for.
            models.Index(fields=["id"], condition=Q(is_staff=True), name="accounts_member_staff"),
            models.Index(fields=["id"], condition=Q(is_active=False), name="accounts_member_closed"),
        ]

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def good_standing(prefix: str = "") -> Q:
        """The rule as a condition, for querysets that reach members through `prefix` (such as "member__")."""
        return Q(**{f"{prefix}email_verified_at__isnull": False}) & Member.not_barred(prefix)

    @staticmethod
    def not_barred(prefix: str = "") -> Q:
        """What a sign-in needs: the account is open and not suspended."""
        suspended = Q(**{f"{prefix}suspended_at__isnull": False}) & (
            Q(**{f"{prefix}suspended_until__isnull": True}) | Q(**{f"{prefix}suspended_until__gt": Now()})
        )
        return Q(**{f"{prefix}is_active": True}) & ~suspended

    @property
    def is_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None and (self.suspended_until is None or self.suspended_until > now())

    @property
    def in_standing(self) -> bool:
        """`good_standing` for this one member."""
        return self.is_active and self.is_verified and not self.is_suspended


class Visibility(models.TextChoices):
    PUBLIC = "public"
    MATCHES = "matches"
    HIDDEN = "hidden"


class ExperienceLevel(models.TextChoices):
    STUDENT = "student"
    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"
    EXPERT = "expert"
    MENTOR = "mentor"


class Profile(models.Model):
    """What a member says about themselves. `version` grows with every save that changes something.

    `skills` and `wanted_skills` hold names as shown. They are resolved through the vocabulary when read, so that a
    renamed skill follows and a skill that staff accept later begins to count without touching a profile.
    """

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    name = models.CharField(max_length=80, blank=True)
    headline = models.CharField(max_length=120, blank=True)
    bio = models.CharField(max_length=1000, blank=True)
    field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    role = models.CharField(max_length=100, blank=True)
    skills = models.JSONField(default=list, blank=True)
    wanted_skills = models.JSONField(default=list, blank=True)
    interests = models.JSONField(default=list, blank=True)
    values = models.JSONField(default=list, blank=True)
    work_styles = models.JSONField(default=list, blank=True)
    languages = models.JSONField(default=list, blank=True)
    experience_level = models.CharField(max_length=10, choices=ExperienceLevel.choices, blank=True)
    hours_per_week = models.PositiveSmallIntegerField(null=True, blank=True)
    remote_only = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=80, blank=True)
    timezone = models.CharField(max_length=50, blank=True)
    cell = models.CharField(max_length=12, blank=True, help_text="The coarse cell of the member's place; never a point.")
    links = models.JSONField(default=list, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)
    show_presence = models.BooleanField(
        default=True, help_text="Whether others see when the member is here; who hides it does not see others'."
    )
    must_haves = models.JSONField(default=dict, blank=True)
    mail_language = models.CharField(max_length=10, blank=True, default="", db_default="", help_text="Empty: not known yet.")
    match_mails = models.BooleanField(default=True, db_default=True, help_text="Whether a match made while the member is away is mailed.")
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        # admin: members by the beginning of their name. The order of letters, so that PostgreSQL finds beginnings in it.
        indexes = [models.Index(fields=["name"], name="accounts_profile_name", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Who is here: each open page or socket pushes `online_until` ahead; nobody has to notice that it stopped."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    online_until = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        # presence.online_members: everybody who is online now.
        indexes = [models.Index(fields=["online_until"], name="accounts_presence_until")]

    def __str__(self) -> str:
        return f"{self.member_id} until {self.online_until}"


class EmailCode(Row):
    """A six-digit code that was mailed. Only its keyed digest is kept."""

    class Purpose(models.TextChoices):
        VERIFY = "verify"
        RESET = "reset"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "purpose"], name="accounts_code_one_open")]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.member_id}"


class Session(Row):
    """One sign-in: a family of refresh tokens, or a browser. Ending it ends everything that came from it."""

    class Kind(models.TextChoices):
        TOKEN = "token"
        BROWSER = "browser"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    device = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=60, blank=True, help_text="Where the sign-in came from, in words; never a whole address.")
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_used_at"]
        # sessions.open_sessions: what a member sees and "log out everywhere" ends.
        indexes = [models.Index(fields=["member"], condition=Q(ended_at=None), name="accounts_session_open")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.member_id}"


class RefreshToken(Row):
    """One link of a session's chain. Only the digest is kept; `used_at` marks it dead."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link of {self.session_id}"


class Block(Row):
    """`blocker` wants nothing to do with `blocked`: final both ways, everywhere, at once."""

    blocker = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="blocks_made")
    blocked = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="blocks_received")
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="accounts_block_once"),
            models.CheckConstraint(condition=~Q(blocker=models.F("blocked")), name="accounts_block_not_self"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
