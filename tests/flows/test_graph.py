from __future__ import annotations

import subprocess
import sys

from flows.graph import ground, loops, structure_findings, to_graph
from flows.network import Flow, FlowNetwork, Process, Stock


def a_network(*flows, stocks=()):
    names = dict.fromkeys(
        end for flow in flows for end in flow.split("->") if not end.startswith("env")
    )
    return FlowNetwork(
        processes=tuple(Process(name) for name in names),
        flows=tuple(
            Flow(f"f{i}", *(end.replace("env", "environment") for end in flow.split("->")))
            for i, flow in enumerate(flows)
        ),
        stocks=tuple(Stock(process) for process in stocks),
    )


def said(network):
    return [(item.code, item.where) for item in structure_findings(network)]


def test_flows_are_edges_under_their_id_in_the_order_of_declaration():
    graph = to_graph(a_network("env:city->b", "b->a", "b->a", "a->env:air"))
    assert list(graph.nodes) == ["b", "a", "environment:city", "environment:air"]
    assert list(graph.edges(keys=True)) == [
        ("b", "a", "f1"),
        ("b", "a", "f2"),
        ("a", "environment:air", "f3"),
        ("environment:city", "b", "f0"),
    ]
    assert graph.edges["b", "a", "f2"]["flow"].id == "f2"
    assert [node for node, outside in graph.nodes(data="environment") if outside] == [
        "environment:city",
        "environment:air",
    ]


def test_nodes_of_the_environment_stay_apart_and_are_one_ground():
    assert ground("environment:air") == ground("environment") == "environment"
    assert ground("furnace") == "furnace"


def test_loops_are_listed_once_from_their_first_process_and_never_through_the_environment():
    network = a_network(
        "env->a", "a->b", "b->c", "c->a", "b->a", "b->a", "c->env:city", "env:city->a"
    )
    assert loops(network) == [("a", "b"), ("a", "b", "c")]


def test_a_process_that_nothing_enters_or_leaves_is_said():
    assert said(a_network("env->a", "b->env")) == [
        ("process-without-output", "a"),
        ("process-without-input", "b"),
    ]


def test_a_stock_can_stand_in_for_a_flow():
    assert said(a_network("env->a", "b->env", stocks=("a", "b"))) == []


def test_a_loop_that_nothing_leaves_is_said_with_its_members():
    network = a_network("env->a", "a->b", "b->c", "c->b", "a->env")
    (found,) = structure_findings(network)
    assert (found.code, found.severity, found.params["members"]) == (
        "cycle-closed",
        "warning",
        "b, c",
    )


def test_a_loop_with_a_way_out_or_a_stock_is_no_trap():
    assert said(a_network("env->a", "a->b", "b->a", "b->env")) == []
    assert said(a_network("env->a", "a->b", "b->a", stocks=("b",))) == []


def test_a_loop_apart_from_the_environment_is_closed_too():
    assert [code for code, _ in said(a_network("a->b", "b->a"))] == ["cycle-closed"]


def test_reconciling_a_file_without_units_does_not_load_pint():
    code = (
        "import sys\n"
        "from flows.networkfile.file import read_network\n"
        'read_network(\'[[flow]]\\nid="a"\\nfrom="environment"\\nto="P"\\n'
        'value=1\\nsigma="5 %"\\n[[flow]]\\nid="b"\\nfrom="P"\\nto="environment"\').reconcile()\n'
        "heavy = {'pint', 'scipy.stats', 'scipy.optimize'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
