"""What the floors up to this one hold about a member."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.audit.models import Entry
from accounts.mfa.models import Passkey, RecoveryCode, SecondFactor
from accounts.models import Block, EmailCode, Member, Presence, Profile, RefreshToken, Session
from accounts.moderation.models import Decision, Report
from accounts.privacy.models import Export
from accounts.privacy.registry import excused, exported
from accounts.trust.models import Fact, Standing
from ops.housekeeping import chore
from ops.legacy.models import Origin
from ops.models import IdempotencyKey, Job, Mail

SECRET = "a secret, or the digest of one"
UNUSED = "a table of the sign-in library that stays empty"
OTHERS = "tells of another member, or of what staff keep"
TEXT = "what it said reached you by mail; a sent mail keeps no text"


def register() -> None:
    exported(Member, "id", without={"password": SECRET})
    exported(Member.groups.through, "member")
    exported(Member.user_permissions.through, "member")
    exported(Profile, "member")
    exported(Presence, "member")
    exported(EmailCode, "member", without={"digest": SECRET})
    exported(Session, "member")
    exported(RefreshToken, "session__member", without={"digest": SECRET})
    exported(Block, "blocker")
    exported(SecondFactor, "member", without={"secret": SECRET, "last_step": SECRET})
    exported(Passkey, "member", without={"credential": "what checks its signatures"})
    exported(RecoveryCode, "member", without={"digest": SECRET})
    exported(SocialAccount, "user")
    excused(EmailAddress, "user", "email", why=UNUSED)
    excused(EmailConfirmation, "email_address", why=UNUSED)
    excused(SocialToken, "account", why=UNUSED)
    exported(Export, "member", without={"file": SECRET})
    exported(Fact, "member")
    exported(Standing, "member")
    exported(
        Report,
        "reporter",
        without={"evidence": "shows another member as you saw them", "decision": "what came of it"},
    )
    exported(Decision, "subject", without={"note": "written by staff for other staff", "actor": "who of the staff decided"})
    exported(Origin, "target_id")
    exported(Mail, "to", rows=lambda member: Mail.objects.filter(to=member.email), without={"text": TEXT, "html": TEXT})
    exported(LogEntry, "user", without={"object_repr": "may name another member", "change_message": "may name another member"})
    exported(Entry, "actor", without={"before": OTHERS, "after": OTHERS, "subject": OTHERS, "object_id": OTHERS})
    excused(Entry, "subject", why="who of the staff looked at what about you is kept for those who watch over staff")
    excused(Member, "email", why="part of the member's own row")
    excused(Report, "subject", why="what others told staff about you would tell who they are; decisions tell what came of it")
    excused(Decision, "actor", why="what you decided as staff is about other members")
    excused(Block, "blocked", why="who blocked you is told to nobody")
    excused(Job, "arguments", why="work that waits, named by ids; it is gone when it is done")
    excused(IdempotencyKey, "owner", why="answers you were given, kept for a day in case you ask again")
    chore("exports", lambda: Export.objects.filter(expires_at__lte=timezone.now()))
