"""The API of matching: profiles, Discover, compatibility, swipes, invitations, the matrix."""

from collections.abc import Sequence
from typing import Any, TypedDict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services as accounts
from accounts import staff
from accounts.models import Member
from accounts.serializers import PasswordBody, ProfileBody
from accounts.views import member_of, read
from accounts.vocabulary.models import Skill
from accounts.vocabulary.selectors import vocabulary
from matching import matrix, profiles, selectors, serializers, services
from matching.models import Match, SkillPair, Swipe
from matching.ranking.search import Key
from ops.conditions import etag, expected_version, named_tags
from ops.errors import Forbidden, Invalid, NotFound
from ops.paging import Descending, address, own_cursor
from ops.serializers import page_of


class Me(APIView):
    """One's own profile."""

    @extend_schema(responses=serializers.OwnProfileShape)
    def get(self, request: Request) -> Response:
        return self.answer(request)

    @extend_schema(request=ProfileBody, responses=serializers.OwnProfileShape)
    def patch(self, request: Request) -> Response:
        body = ProfileBody(data=request.data)
        body.is_valid(raise_exception=True)
        accounts.save_profile(member_of(request), body.changes(), expected_version=expected_version(request))
        return self.answer(request)

    @extend_schema(request=PasswordBody, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Deletes the account, after one more look at the password."""
        accounts.close_account(member_of(request), password=read(PasswordBody, request)["password"])
        return Response(status=204)

    def answer(self, request: Request) -> Response:
        profile = profiles.own_profile(member_of(request))
        return Response(profile, headers={"ETag": etag(profile["version"])})


class OneProfile(APIView):
    @extend_schema(responses=serializers.ProfileShape)
    def get(self, request: Request, member_id: UUID) -> Response:
        profile = profiles.profile_for(member_of(request), member_id)
        return Response(profile, headers={"ETag": etag(profile["version"])})


class Discover(APIView):
    """Everybody else, best first: the exact ranking under the filters."""

    @extend_schema(parameters=[serializers.FilterQuery], responses=page_of(serializers.RankedShape))
    def get(self, request: Request) -> Response:
        query = serializers.ranking_query(request.query_params)
        query.is_valid(raise_exception=True)
        place = read_cursor(query.validated_data.get("cursor"), request)
        page = selectors.discover(member_of(request), query.filters(), limit=query.validated_data["limit"], **place)
        return Response({**links(request, page), "results": page.results})


def links(request: Request, page: selectors.DiscoverPage) -> dict[str, str | None]:
    """The addresses of the neighbouring pages; their cursors carry the version they were made with."""
    following = {"after": sealed(page.keys[-1]), "m": page.matrix_version} if page.has_next and page.keys else None
    preceding = {"before": sealed(page.keys[0]), "m": page.matrix_version} if page.has_previous and page.keys else None
    return {"next": address(request, following), "previous": address(request, preceding)}


def sealed(key: Key) -> list[Any]:
    return [key.total, str(key.member_id)]


class Place(TypedDict, total=False):
    """Where a page begins: behind a key or in front of it."""

    after: Key
    before: Key


def read_cursor(word: str | None, request: Request | HttpRequest) -> Place:
    """`after` or `before` as a key. Raises Invalid for a cursor of another list."""
    if not word:
        return {}
    cursor = own_cursor(word, request)
    return {"after": key_in(cursor["after"])} if "after" in cursor else {"before": key_in(cursor["before"])}


def key_in(sealed_key: Any) -> Key:
    total, member_id = sealed_key
    return Key(total, UUID(member_id))


class Compatibility(APIView):
    @extend_schema(responses=serializers.ExplanationShape)
    def get(self, request: Request, member_id: UUID) -> Response:
        if member_id == member_of(request).pk:
            raise NotFound
        return Response(selectors.compatibility(member_of(request), member_id))


class Swipes(generics.ListAPIView[Swipe]):
    serializer_class = serializers.SwipeRow
    queryset = Swipe.objects.none()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(selectors.swipes_made(member_of(request))) or []
        cards = selectors.cards(member_of(request), [row.target_id for row in rows])
        return self.get_paginated_response([swipe_row(row, cards[row.target_id]) for row in rows])

    @extend_schema(request=serializers.SwipeBody, responses={201: serializers.SwipeAnswer})
    def post(self, request: Request) -> Response:
        body = read(serializers.SwipeBody, request)
        made, match = services.swipe(member_of(request), body["target"], body["action"], body.get("note") or "")
        shown = match_row(member_of(request), match) if match else None
        return Response({"id": str(made.pk), "action": made.action, "matched": match is not None, "match": shown}, status=201)


def swipe_row(swipe: Swipe, card: selectors.Card) -> dict[str, Any]:
    return {"id": str(swipe.pk), "member": card, "action": swipe.action, "note": swipe.note, "created_at": swipe.created_at}


def match_row(viewer: Member, match: Match) -> dict[str, Any]:
    """A match that was made this moment: nobody has said anything yet. Its room bears its id."""
    peer = selectors.peer_id(match, viewer.pk)
    return {
        "id": str(match.pk),
        "member": selectors.cards(viewer, [peer])[peer],
        "room": str(match.pk),
        "score": selectors.pair_scores(viewer, [peer])[peer],
        "matched_at": match.created_at,
        "last_message": None,
        "unread": 0,
    }


class SwipeStats(APIView):
    @extend_schema(responses=serializers.StatsShape)
    def get(self, request: Request) -> Response:
        return Response(selectors.swipe_stats(member_of(request)))


class OneSwipe(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, member_id: UUID) -> Response:
        services.undo(member_of(request), member_id)
        return Response(status=204)


class SuperLikesFirst(Descending):
    columns = ("action", "id")


class Invitations(generics.ListAPIView[Swipe]):
    """Likes that wait for your answer, super likes first."""

    serializer_class = serializers.InvitationRow
    pagination_class = SuperLikesFirst
    queryset = Swipe.objects.none()

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        viewer = member_of(request)
        rows = self.paginate_queryset(selectors.invitations(viewer)) or []
        return self.get_paginated_response(invitation_rows(viewer, rows))


def invitation_rows(viewer: Member, likes: Sequence[Swipe]) -> list[dict[str, Any]]:
    senders = [like.actor_id for like in likes]
    cards, scores = selectors.cards(viewer, senders), selectors.pair_scores(viewer, senders)
    return [{**swipe_row(like, cards[like.actor_id]), "score": scores[like.actor_id]} for like in likes]


# --- The matrix ---


class MayEditMatrix(BasePermission):
    """Staff with the model's permission for what the method does; whoever posts may add or change, as the row demands."""

    needed = {"GET": {"view"}, "HEAD": {"view"}, "OPTIONS": {"view"}, "POST": {"add", "change"}, "PATCH": {"change"}, "DELETE": {"delete"}}

    def has_permission(self, request: Request, view: APIView) -> bool:
        # A method that there is not is refused as such, to those who may look.
        return any(may(request, action) for action in self.needed.get(request.method or "", {"view"}))


def may(request: Request, action: str) -> bool:
    return isinstance(request.user, Member) and staff.may_work(request.user) and request.user.has_perm(f"matching.{action}_skillpair")


class PublishedMatrix(APIView):
    """What scores are made from, for any member."""

    @extend_schema(responses={200: serializers.MatrixShape, 304: None})
    def get(self, request: Request) -> HttpResponse:
        world = selectors.knowledge()
        tag = f'"{world.tables.version}-{world.known.revision}"'
        if tag in named_tags(request.headers.get("If-None-Match", "")):
            return HttpResponse(status=304, headers={"ETag": tag})
        return Response(published(world), headers={"ETag": tag})


def published(world: selectors.Knowledge) -> dict[str, Any]:
    tables, known = world.tables, world.known
    skills = [
        (known.skills[a].name, known.skills[b].name, score) for (a, b), score in tables.skill_pairs.items() if {a, b} <= set(known.skills)
    ]
    fields = [(known.fields[a].name, known.fields[b].name, score) for (a, b), score in tables.field_synergies.items()]
    return {
        "version": tables.version,
        "pairs": [{"skill_a": a, "skill_b": b, "score": score} for a, b, score in sorted(skills)],
        "field_synergies": [{"field_a": a, "field_b": b, "score": score} for a, b, score in sorted(fields)],
        "weights": tables.weights,
        "boosts": [{"group_a": a, "group_b": b, "points": points} for (a, b), points in sorted(tables.boosts.items())],
    }


class SkillPairs(generics.ListAPIView[SkillPair]):
    permission_classes = [MayEditMatrix]
    serializer_class = serializers.PairRow
    queryset = SkillPair.objects.select_related("skill_a", "skill_b")

    @extend_schema(request=serializers.PairBody, responses={200: serializers.PairRow, 201: serializers.PairRow})
    def post(self, request: Request) -> Response:
        body = read(serializers.PairBody, request)
        ends = [named_skill(body[name], name) for name in ("skill_a", "skill_b")]
        if ends[0] == ends[1]:
            raise Invalid.field("skill_b", "A pair needs two different skills.")
        if not may(request, "change" if matrix.skill_pair(*ends) else "add"):
            raise Forbidden
        pair, created = matrix.set_skill_pair(
            actor=member_of(request), skill_a=ends[0], skill_b=ends[1], score=body["score"], reason=body.get("reason", "")
        )
        return Response(serializers.PairRow(pair).data, status=201 if created else 200)


def named_skill(spelling: str, pointer: str) -> Skill:
    """The skill of this name, slug or alias. Raises Invalid."""
    entry = vocabulary().skill(spelling)
    if entry is None:
        raise Invalid.field(pointer, f"There is no skill {spelling!r}.", "unknown_skill")
    return Skill.objects.get(key=entry.key)


class OneSkillPair(APIView):
    permission_classes = [MayEditMatrix]

    def pair(self, pair_id: UUID) -> SkillPair:
        pair = SkillPair.objects.select_related("skill_a", "skill_b").filter(id=pair_id).first()
        if pair is None:
            raise NotFound
        return pair

    @extend_schema(responses=serializers.PairRow)
    def get(self, request: Request, pair_id: UUID) -> Response:
        return Response(serializers.PairRow(self.pair(pair_id)).data)

    @extend_schema(request=serializers.PairChange, responses=serializers.PairRow)
    def patch(self, request: Request, pair_id: UUID) -> Response:
        pair, body = self.pair(pair_id), read(serializers.PairChange, request)
        pair, _ = matrix.set_skill_pair(
            actor=member_of(request), skill_a=pair.skill_a, skill_b=pair.skill_b, score=body["score"], reason=body.get("reason", "")
        )
        return Response(serializers.PairRow(pair).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pair_id: UUID) -> Response:
        matrix.delete_pair(self.pair(pair_id), "score", actor=member_of(request))
        return Response(status=204)
