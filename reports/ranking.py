"""Levels and order of a Sankey's nodes: which links are loops, and who stands where in a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.intp]
    Floats = NDArray[np.float64]

#: (source index, target index, weight); indices count the nodes in the order they were given.
Arc = tuple[int, int, float]

#: Sweeps in search of fewer crossings; a diagram of very many steps gets fewer of them.
_SWEEPS, _LARGE, _FEW = 8, 3000, 3
#: Turns in which the ages of a cycle settle; a cycle that hardly anything enters is cut short.
_TURNS = 60
_SETTLED = 1e-7


def feedback_arcs(count: int, arcs: Sequence[Arc]) -> set[int]:
    """Indices of the arcs to draw as loops; without them the graph has no cycle.

    Within each strongly connected component the nodes are ordered by age, and what runs to a
    younger node is a loop: what comes back, not what comes new. Then every arc that closes no
    cycle after all is given back, the one that goes back least first.
    """
    component = _components(count, arcs)
    members: dict[int, list[int]] = {}
    for node in range(count):
        members.setdefault(component[node], []).append(node)
    inside: dict[int, list[int]] = {}
    for index, (source, target, _) in enumerate(arcs):
        if source != target and component[source] == component[target]:
            inside.setdefault(component[source], []).append(index)
    loops = {index for index, (source, target, _) in enumerate(arcs) if source == target}
    if not inside:
        return loops
    age = _ages(component, members, arcs)
    for name in sorted(inside):
        order = sorted(members[name], key=lambda node: (age[node], node))
        place = {node: number for number, node in enumerate(order)}
        backward = {i for i in inside[name] if place[arcs[i][0]] > place[arcs[i][1]]}
        follow: dict[int, list[int]] = {node: [] for node in members[name]}
        for index in inside[name]:
            if index not in backward:
                follow[arcs[index][0]].append(arcs[index][1])
        for index in sorted(backward, key=lambda i: (age[arcs[i][0]] - age[arcs[i][1]], i)):
            source, target, _ = arcs[index]
            if _reaches(follow, target, source):
                loops.add(index)
            else:
                follow[source].append(target)
    return loops


def _ages(component: list[int], members: dict[int, list[int]], arcs: Sequence[Arc]) -> list[float]:
    """Through how many nodes what passes a node has come on the average, itself included.

    age(n) = 1 + sum of share x age over what enters n: the trophic level of ecological networks
    (Levine, Journal of Theoretical Biology 83, 1980). What leaves a node and did not enter it
    came from outside, at age 0.
    """
    count = len(component)
    into: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    out = [0.0] * count
    for source, target, weight in arcs:
        into[target].append((source, weight))
        out[source] += weight
    age = [1.0] * count
    for node, entering in enumerate(into):
        whole = max(sum(weight for _, weight in entering), out[node]) or 1.0
        into[node] = [(source, w / whole) for source, w in entering if source != node]
    # Tarjan numbers components against the arcs: the last one stands first.
    for name in sorted(members, reverse=True):
        mine = members[name]
        for _ in range(1 if len(mine) == 1 else _TURNS):
            new = []
            for node in mine:
                value = 1.0
                for source, share in into[node]:
                    value += age[source] * share
                new.append(value)
            moved = max(abs(age[n] - value) for n, value in zip(mine, new, strict=True))
            for node, value in zip(mine, new, strict=True):
                age[node] = value
            if moved < _SETTLED:
                break
    return [round(value, 6) for value in age]


def _components(count: int, arcs: Sequence[Arc]) -> list[int]:
    """Number of the strongly connected component of each node (Tarjan, without recursion)."""
    follow: list[list[int]] = [[] for _ in range(count)]
    for source, target, _ in arcs:
        follow[source].append(target)
    number, low, component = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    clock = found = 0
    for root in range(count):
        if number[root] >= 0:
            continue
        number[root] = low[root] = clock
        clock += 1
        stack.append(root)
        path = [(root, iter(follow[root]))]
        while path:
            node, successors = path[-1]
            for other in successors:
                if number[other] < 0:
                    number[other] = low[other] = clock
                    clock += 1
                    stack.append(other)
                    path.append((other, iter(follow[other])))
                    break
                if component[other] < 0:
                    low[node] = min(low[node], number[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    while component[node] < 0:
                        component[stack.pop()] = found
                    found += 1
    return component


def _reaches(follow: dict[int, list[int]], start: int, goal: int) -> bool:
    seen, todo = {start}, [start]
    while todo:
        node = todo.pop()
        if node == goal:
            return True
        for other in follow[node]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return False


def levels(count: int, arcs: Sequence[Arc]) -> list[int]:
    """Column of each node by the longest path; what only feeds stands just before its first taker.

    Args:
        count: How many nodes.
        arcs: Arcs without any cycle.
    """
    follow: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for source, target, _ in arcs:
        follow[source].append(target)
        waiting[target] += 1
    level = [0] * count
    feeds_only = [number == 0 for number in waiting]
    ready = [node for node in range(count) if waiting[node] == 0]
    for node in ready:
        for other in follow[node]:
            level[other] = max(level[other], level[node] + 1)
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
    for node in range(count):
        if feeds_only[node] and follow[node]:
            level[node] = min(level[other] for other in follow[node]) - 1
    return level


def order(columns: Sequence[Sequence[int]], arcs: Sequence[Arc]) -> list[list[int]]:
    """Order of the nodes in each column by weighted barycenters; ties keep the order given.

    Args:
        columns: Nodes of each column in their first order.
        arcs: Arcs from one column to the next, long ones cut into steps.

    Returns:
        Of all orders met on the way the one with the fewest crossings, the first of equals.
    """
    count = sum(len(column) for column in columns)
    source, target = (np.array([arc[side] for arc in arcs], dtype=np.intp) for side in (0, 1))
    weight = np.array([arc[2] for arc in arcs], dtype=float)
    current = [np.array(column, dtype=np.intp) for column in columns]
    place = np.zeros(count)
    column_of = np.zeros(count, dtype=np.intp)
    for number, column in enumerate(current):
        column_of[column] = number
        _number(column, place)
    by_source, by_target = (_parted(column_of[end], len(columns)) for end in (source, target))
    best, fewest = list(current), _crossings(by_source, source, target, place)
    idle = 0
    for sweep in range(_SWEEPS if len(arcs) < _LARGE else _FEW):
        if fewest == 0 or idle == 2:
            break
        forward = sweep % 2 == 0
        near, far, parts = (target, source, by_target) if forward else (source, target, by_source)
        for number in range(len(current)) if forward else reversed(range(len(current))):
            column, part = current[number], parts[number]
            total = np.bincount(near[part], weight[part], count)[column]
            pull = np.bincount(near[part], weight[part] * place[far[part]], count)[column]
            pulled = total > 0.0
            center = np.where(pulled, pull / np.where(pulled, total, 1.0), place[column])
            current[number] = column[np.argsort(center, kind="stable")]
            _number(current[number], place)
        crossings = _crossings(by_source, source, target, place)
        idle += 1
        if crossings < fewest:
            idle = 0
            best, fewest = list(current), crossings
    return [column.tolist() for column in best]


def _parted(column: Ints, count: int) -> list[Ints]:
    """Indices of the arcs of each column."""
    order = np.argsort(column, kind="stable")
    return np.split(order, np.searchsorted(column[order], np.arange(1, count)))


def _number(column: Ints, place: Floats) -> None:
    """Relative places 0 to 1, so that columns of different length can be compared."""
    place[column] = (np.arange(len(column)) + 0.5) / len(column)


def _crossings(parts: Sequence[Ints], source: Ints, target: Ints, place: Floats) -> int:
    """How many pairs of arcs cross, by the arcs that leave each column."""
    total = 0
    for part in parts:
        ends = place[target[part]]
        below = ends[np.lexsort((ends, place[source[part]]))]
        total += int(np.count_nonzero(np.triu(below[:, None] > below, 1)))
    return total
