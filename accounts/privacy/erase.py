"""What a member leaves in places that no foreign key leads to. Their own rows, and all that hangs on them, go with them."""

import json

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from accounts.models import Member, Profile
from accounts.moderation.models import Decision
from accounts.vocabulary.models import UnknownSkill
from accounts.vocabulary.words import canonical
from ops import outbox
from ops.legacy import records
from ops.models import IdempotencyKey

GONE = "a member who has left"


def erase_traces(member: Member) -> None:
    """Inside the transaction that deletes the member, before their rows go."""
    outbox.forget(member.email)
    records.forget(member.pk)
    IdempotencyKey.objects.filter(owner=str(member.pk)).delete()
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Member), object_id=str(member.pk))
    entries.update(object_repr=GONE)
    # Staff wrote it about this member; that they decided, and what, stays.
    Decision.objects.filter(subject=member).update(note="")
    forget_words(member)


def forget_words(member: Member) -> None:
    """Skills that only this member named no longer wait for staff."""
    profile = Profile.objects.filter(member=member).first()
    named = {*profile.skills, *profile.wanted_skills} if profile else set()
    waiting = UnknownSkill.objects.filter(key__in=[canonical(name) for name in named])
    alone = [skill.pk for skill in waiting if not named_by_others(skill.name, member)]
    UnknownSkill.objects.filter(pk__in=alone).delete()


def named_by_others(skill: str, member: Member) -> bool:
    """Looks through every profile: leaving is rare, and a list of words has no index."""
    found = Q()
    for shape in {json.dumps(skill), json.dumps(skill, ensure_ascii=False)}:  # as the databases keep it
        found |= Q(brings__icontains=shape) | Q(seeks__icontains=shape)
    texts = Profile.objects.annotate(brings=Cast("skills", TextField()), seeks=Cast("wanted_skills", TextField()))
    return texts.filter(found).exclude(member=member).exists()
