"""Levels and order of a Sankey's nodes: which links are loops, and who stands where in a column."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: (source index, target index, weight); indices count the nodes in the order they were given.
Arc = tuple[int, int, float]

_SWEEPS = 8


def feedback_arcs(count: int, arcs: Sequence[Arc]) -> set[int]:
    """Indices of the arcs to draw as loops; without them the graph has no cycle.

    Within each strongly connected component the greedy order of Eades, Lin and Smyth (Information
    Processing Letters 47, 1993) is taken on the weights, so that the heavy flows run forward;
    then every arc that closes no cycle after all is given back, the heaviest first.
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
    for name in sorted(inside):
        local = [arcs[index] for index in inside[name]]
        place = _greedy_order(members[name], local)
        backward = [i for i in inside[name] if place[arcs[i][0]] > place[arcs[i][1]]]
        follow: dict[int, list[int]] = {node: [] for node in members[name]}
        for index in inside[name]:
            if index not in backward:
                follow[arcs[index][0]].append(arcs[index][1])
        for index in sorted(backward, key=lambda i: (-arcs[i][2], i)):
            source, target, _ = arcs[index]
            if _reaches(follow, target, source):
                loops.add(index)
            else:
                follow[source].append(target)
    return loops


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


def _greedy_order(nodes: Sequence[int], arcs: Sequence[Arc]) -> dict[int, int]:
    """Place of each node in an order with little weight running backward."""
    out: dict[int, dict[int, float]] = {node: {} for node in nodes}
    into: dict[int, dict[int, float]] = {node: {} for node in nodes}
    for source, target, weight in arcs:
        out[source][target] = out[source].get(target, 0.0) + weight
        into[target][source] = into[target].get(source, 0.0) + weight
    left = list(nodes)
    head: list[int] = []
    tail: list[int] = []
    while left:
        node = next((n for n in left if not out[n]), None)
        if node is not None:
            tail.append(node)
        else:
            node = next((n for n in left if not into[n]), None)
            if node is None:
                node = max(left, key=lambda n: (sum(out[n].values()) - sum(into[n].values()), -n))
            head.append(node)
        left.remove(node)
        for other in out.pop(node):
            into[other].pop(node, None)
        for other in into.pop(node):
            out[other].pop(node, None)
    return {node: place for place, node in enumerate([*head, *reversed(tail)])}


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
    before: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    after: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for source, target, weight in arcs:
        after[source].append((target, weight))
        before[target].append((source, weight))
    current = [list(column) for column in columns]
    place = [0.0] * count
    for column in current:
        _number(column, place)
    best, fewest = [list(column) for column in current], _crossings(current, after, place)
    idle = 0
    for sweep in range(_SWEEPS):
        if fewest == 0 or idle == 2:
            break
        forward = sweep % 2 == 0
        neighbors = before if forward else after
        for column in current if forward else reversed(current):
            center = {}
            for node in column:
                pull = total = 0.0
                for other, weight in neighbors[node]:
                    pull += place[other] * weight
                    total += weight
                center[node] = pull / total if total > 0.0 else place[node]
            column.sort(key=center.__getitem__)
            _number(column, place)
        crossings = _crossings(current, after, place)
        idle += 1
        if crossings < fewest:
            idle = 0
            best, fewest = [list(column) for column in current], crossings
    return best


def _number(column: Sequence[int], place: list[float]) -> None:
    """Relative places 0 to 1, so that columns of different length can be compared."""
    for index, node in enumerate(column):
        place[node] = (index + 0.5) / len(column)


def _crossings(
    columns: Sequence[Sequence[int]],
    after: Sequence[Sequence[tuple[int, float]]],
    place: Sequence[float],
) -> int:
    """How many pairs of arcs cross."""
    total = 0
    for column in columns:
        ends: list[float] = []
        for node in column:
            mine = [place[target] for target, _ in after[node]]
            for end in mine:
                total += len(ends) - bisect_right(ends, end)
            for end in mine:
                insort(ends, end)
    return total
