"""The order of a program over rows: which values one loop over blocks of rows can compute, and which need the next.

A sum over rows is known only after all of them. So a value has a stage: the loop that can compute it. What a loop
needs of earlier loops it computes again, rather than keep it: nothing as long as the data is ever stored, unless an
instruction needs all rows at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graphgrad.compiler.locality import Treatment, treatment
from graphgrad.compiler.rows import row_axis
from graphgrad.compiler.traced import Traced, traced_in


@dataclass(eq=False, slots=True)
class Stage:
    """One loop over the rows, and what is computed before it.

    Attributes:
        before: values without rows, and values that need all rows at once, in order.
        rows: values of a block of rows, in order.
        reductions: values that blocks of rows are reduced to.
        stored: values of all rows that later instructions, or the caller, need as a whole.
    """

    before: list[Traced] = field(default_factory=list)
    rows: list[Traced] = field(default_factory=list)
    reductions: list[Traced] = field(default_factory=list)
    stored: list[Traced] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Plan:
    """The stages of a program; the last has no loop. `whole` are the values that need all rows at once."""

    stages: list[Stage]
    whole: list[Traced]


def plan(live: list[Traced], outputs: list[Traced]) -> Plan:
    """Plan a program from its live values, in order.

    Raises:
        RowsMixed: an instruction does not keep the rows along one axis.
    """
    treatments = {value.number: treatment(value) for value in live}
    stage = _stages(live, treatments)
    whole = [value for value in live if treatments[value.number] is Treatment.WHOLE]
    kept = {value.number for value in outputs if _is_row(value, treatments)}
    for value in whole:
        kept |= {operand.number for operand in value.operands() if _is_row(operand, treatments)}
    count = max(stage.values(), default=0) + 1
    stages = [Stage() for _ in range(count)]
    for value in live:
        place, how = stage[value.number], treatments[value.number]
        if how is Treatment.REDUCED:
            stages[place - 1].reductions.append(value)
        elif how in (Treatment.NONE, Treatment.WHOLE):
            stages[place].before.append(value)
        elif value.number in kept:
            stages[place].stored.append(value)
    for place, one in enumerate(stages):
        one.rows = _closure(live, one, treatments, stage, kept, place)
    return Plan(stages, whole)


def _is_row(value: Traced, treatments: dict[int, Treatment]) -> bool:
    """Whether a value is computed block by block."""
    return treatments[value.number] is Treatment.EACH and value.function != "leaf" and row_axis(value.shape) is not None


def _stages(live: list[Traced], treatments: dict[int, Treatment]) -> dict[int, int]:
    stage: dict[int, int] = {}
    for value in live:
        how = treatments[value.number]
        place = max((stage[operand.number] for operand in value.operands()), default=0)
        after_a_loop = how is Treatment.REDUCED or (
            how is Treatment.WHOLE and any(_is_row(operand, treatments) for operand in value.operands())
        )
        stage[value.number] = place + after_a_loop
    return stage


def _closure(
    live: list[Traced],
    one: Stage,
    treatments: dict[int, Treatment],
    stage: dict[int, int],
    kept: set[int],
    place: int,
) -> list[Traced]:
    """The values of rows that a loop computes: what it reduces and stores, and all that they need."""
    wanted = {value.number for value in one.stored}
    for value in one.reductions:
        wanted |= {operand.number for operand in traced_in(value.args)}
    found = []
    for value in reversed(live):
        if value.number not in wanted or not _is_row(value, treatments):
            continue
        if value.number in kept and stage[value.number] < place:
            continue  # an earlier loop has stored it
        found.append(value)
        wanted |= {operand.number for operand in value.operands()}
    return found[::-1]
