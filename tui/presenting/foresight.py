"""Draws and places for a further meter as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.reconcile.outlook.drawn import Drawn, Spread
    from reports.words import Labels
    from tui.face import Face
    from tui.reconciling.foresight import Basis, Told

#: So many flows are named in a cell; the rest is counted.
NAMED = 3


def foresight_tables(face: Face, told: Told, basis: Basis, names: Labels) -> None:
    """What was asked for beside the reconciled values.

    Args:
        face: Where it is shown.
        told: Answers.
        basis: What was reconciled.
        names: Labels by id.
    """
    if told.drawn is not None:
        _draws(face, told.drawn, names)
        if told.chains:
            _yields(face, told, basis)
    if told.asked_meters and basis.result.foundation is not None:
        _meters(face, told, basis, names)


def _draws(face: Face, drawn: Drawn, names: Labels) -> None:
    words = face.words
    layered = len({row.id for row in drawn.rows}) < len(drawn.rows)
    rows = [
        [
            words.label(names.get(row.id, {}), row.id),
            *([words.term(f"layer-{row.layer}") if names else row.layer] if layered else []),
            row.unit,
            *_cells(face, spread),
        ]
        for row, spread in zip(drawn.rows, drawn.spreads, strict=True)
        if spread.mean is not None
    ]
    title = words.text("draws-title", count=drawn.count, seed=str(drawn.seed))
    within = words.percent(drawn.within)
    way = "all" if drawn.within == 1.0 and drawn.method == "rejected" else drawn.method
    how = words.text(f"draws-{way}", within=within)
    heads = ["flow", *(["layer"] if layered else []), "unit"]
    _table(face, heads, rows, f"{title}{words.term('place-end')}{how}")


def _yields(face: Face, told: Told, basis: Basis) -> None:
    words = face.words
    steps = {(c.id, s.id): (c, s) for c in basis.chains for s in c.steps}
    rows = []
    for item in told.chains:
        chain, step = steps[item.chain, item.step]
        labels = words.label(chain.names, chain.id), words.label(step.names, step.id)
        rows.append([*labels, item.unit, *_cells(face, item.spread)])
    _table(face, ["chain", "step", "unit"], rows, words.term("draws-yields"))


def _table(face: Face, heads: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
    words, count = face.words, len(heads)
    print(f"\n{title}")
    face.table(
        [*(words.term(key) for key in heads), words.term("draws-mean"), "2.5 %", "50 %", "97.5 %"],
        rows,
        right=tuple(range(count, count + 4)),
        wrap=0,
        without=((count + 2,),),
    )


def _cells(face: Face, spread: Spread) -> list[str]:
    """Mean with sigma, then quantiles with as many digits."""
    words = face.words
    if spread.mean is None:
        return ["", "", "", ""]
    quantiles = [
        "" if each is None else words.rounded(each, spread.sigma)[0] for each in spread.quantiles
    ]
    return [words.number(spread.mean, spread.sigma), *quantiles]


def _meters(face: Face, told: Told, basis: Basis, names: Labels) -> None:
    words = face.words
    if not told.meters:
        print(words.term("next-meter-none"))
        return
    heads = [words.term(key) for key in ("flow", "unit", "meter-sigma", "makes-known")]
    heads += [words.term("makes-tested"), words.term("own-sigma")]
    target = told.target
    if target is not None:
        labels = {**names, **{item.id: item.names for item in basis.chains}}
        label = words.label(labels.get(target.id, {}), target.id)
        heads.append(words.text("target-sigma", target=f"{label} [{target.unit}]"))
    rows = []
    for item in told.meters:
        source = words.term(f"meter-{item.source}")
        row = [
            words.label(names.get(item.id, {}), item.id),
            item.unit,
            f"{words.number(item.sigma)} ({source})",
            _named(face, item.known, names),
            _named(face, item.tested, names),
            _change(face, item.before, item.after),
        ]
        if target is not None:
            row.append(_change(face, item.target_before, item.target_after))
        rows.append(row)
    face.table(heads, rows, title=words.term("next-meter-title"), wrap=3, without=((5,), (4, 5)))


def _change(face: Face, before: float | None, after: float | None) -> str:
    words = face.words
    ends = words.number(before), words.number(after)
    return words.text("sigma-from-to", before=ends[0], after=ends[1])


def _named(face: Face, ids: Sequence[str], names: Labels) -> str:
    words = face.words
    shown = [words.label(names.get(each, {}), each) for each in ids[:NAMED]]
    more = len(ids) - NAMED
    joint = "、" if words.language == "zh" else ", "
    return joint.join([*shown, f"+{more}"] if more > 0 else shown)
