"""Two editors who do everything at random: draft, import, publish, take back, rename, merge, and edit past one another."""

import random
from collections import Counter
from collections.abc import Callable

from accounts.models import Member
from accounts.vocabulary.models import Field, FieldGroup, Skill
from matching import matrix
from matching.curation import cells, services, sheets
from matching.curation.cells import Cell, cell
from matching.curation.grid import View
from matching.curation.models import DraftChange
from matching.curation.services import BaseChanged, Choice
from matching.models import MatrixVersion, Weights
from ops.errors import Problem

STEPS = 1000
FEW = 14


class Rehearsal:
    """`done` counts what happened, by the name of the act or of what refused it. The same seed does the same."""

    def __init__(self, editors: list[Member], seed: int) -> None:
        self.editors, self.rng, self.done = editors, random.Random(seed), Counter[str]()
        # Few words, so that the two meet.
        self.skills = self.rng.sample(list(Skill.objects.exclude(category=None).values_list("pk", flat=True)), FEW)
        self.fields = list(Field.objects.order_by("name").values_list("name", flat=True)[:6])
        self.groups = list(FieldGroup.objects.values_list("name", flat=True))

    def step(self) -> None:
        acts: list[tuple[int, Callable[[Member], object]]] = [
            (40, self.draft), (8, self.weigh), (8, self.bring_in), (4, self.discard),
            (20, self.publish), (10, self.take_back), (6, self.edit), (3, self.rename), (1, self.merge),
        ]  # fmt: skip
        act = self.rng.choices([act for _, act in acts], [weight for weight, _ in acts])[0]
        try:
            act(self.rng.choice(self.editors))
            self.done[act.__name__] += 1
        except Problem as refusal:
            self.done[type(refusal).__name__] += 1

    def holds(self) -> bool:
        return cells.replayed(MatrixVersion.objects.order_by("number")) == cells.published()

    # --- What there is to do it with ---

    def names(self) -> list[str]:
        return list(Skill.objects.filter(pk__in=self.skills).order_by("pk").values_list("name", flat=True))

    def cell(self) -> Cell:
        table, words = self.rng.choice([("skill_pairs", self.names()), ("field_synergies", self.fields), ("boosts", self.groups)])
        return cell(table, *self.rng.sample(words, 2))

    def value(self) -> float | None:
        return None if self.rng.random() < 0.2 else self.rng.randrange(101) / 100

    # --- Acts ---

    def draft(self, editor: Member) -> None:
        services.set_cells(editor, {self.cell(): self.value() for _ in range(self.rng.randint(1, 3))})

    def weigh(self, editor: Member) -> None:
        """Takes a hundredth from one factor and gives it to another."""
        now = View.of(editor).cells
        one, other = self.rng.sample(Weights.FACTORS, 2)
        moved = {one: round(now[Cell("weights", one)] - 0.01, 2), other: round(now[Cell("weights", other)] + 0.01, 2)}
        if min(moved.values()) >= 0:
            services.set_cells(editor, {Cell("weights", factor): value for factor, value in moved.items()})

    def bring_in(self, editor: Member) -> None:
        lines = {self.cell(): self.value() for _ in range(self.rng.randint(1, 5))}
        text = "\n".join(f'{found.table},"{found.a}","{found.b}",{"" if worth is None else worth}' for found, worth in lines.items())
        view = View.of(editor)
        services.set_cells(editor, sheets.read(view, "table,a,b,value\n" + text + "\n"))

    def discard(self, editor: Member) -> None:
        changes = list(DraftChange.objects.filter(draft__editor=editor).values_list("pk", flat=True))
        services.discard(editor, [str(pk) for pk in changes if self.rng.random() < 0.3] if changes else None)

    def publish(self, editor: Member) -> None:
        self.decided(lambda choice: services.publish(editor, "Rehearsed", choice))

    def take_back(self, editor: Member) -> None:
        number = self.rng.randint(2, max(2, services.version_now()))
        self.decided(lambda choice: services.revert(editor, number, "Rehearsed", choice))

    def decided(self, act: Callable[[Choice | None], object]) -> None:
        """Answers a conflict by lot."""
        try:
            act(None)
        except BaseChanged as refusal:
            self.done["conflict"] += 1
            act(Choice(refusal.version, frozenset(clash.cell for clash in refusal.clashes if self.rng.random() < 0.5)))

    def edit(self, editor: Member) -> None:
        one, other = (Skill.objects.get(name=name) for name in self.rng.sample(self.names(), 2))
        matrix.set_skill_pair(actor=editor, skill_a=one, skill_b=other, score=self.rng.randrange(101) / 100)

    def rename(self, editor: Member) -> None:
        services.change_word(editor, DraftChange.Table.RENAMES, self.rng.choice(self.names()), f"Craft {self.rng.randrange(10_000)}")

    def merge(self, editor: Member) -> None:
        if len(names := self.names()) > FEW // 2:
            services.change_word(editor, DraftChange.Table.MERGES, *self.rng.sample(names, 2))
