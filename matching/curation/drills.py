"""`manage.py drill matrix`: whatever two editors do, the log of versions says everything."""

from collections.abc import Iterator
from itertools import pairwise

from accounts.staff import create_staff
from matching.curation import rehearsal
from matching.models import MatrixVersion
from ops.drilling import Options, Trial, long_drill, undone
from ops.ids import uuid7

KINDS = {"draft", "bring_in", "publish", "take_back", "edit"}


@long_drill("matrix")
def matrix(options: Options) -> Iterator[Trial]:
    steps = options.size or rehearsal.STEPS
    with undone():
        editors = [create_staff(f"{uuid7()}@drill.alliv.test", str(uuid7())) for _ in range(2)]
        acting = rehearsal.Rehearsal(editors, seed=options.seed or 7)
        wrong = 0
        for step in range(1, steps + 1):
            acting.step()
            if step % 100 == 0:
                wrong += not acting.holds()
        numbers = list(MatrixVersion.objects.order_by("number").values_list("number", flat=True))
        yield Trial(f"of {steps} steps every kind was taken", [], sorted(KINDS - set(acting.done)))
        yield Trial("somebody came second and decided", True, acting.done["conflict"] > 0)
        yield Trial("the replayed log was what is published, whenever it was compared", (0, True), (wrong, acting.holds()))
        holes = [number for number, next_one in pairwise(numbers) if next_one != number + 1]
        yield Trial("versions are numbered without a hole", [], holes)
