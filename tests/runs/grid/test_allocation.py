"""What each run gets: of one machine, of many, and never more than one of them has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infoplane.runs.grid.allocation import Node, Share, share


@pytest.mark.parametrize(
    ("jobs", "workers", "node", "got"),
    [
        (24, 2, Node(8), Share(2, 4)),
        (24, 8, Node(2), Share(8, 1)),  # never less than a thread
        (3, 8, Node(8), Share(3, 2)),  # no workers without a run
        (24, None, Node(16), Share(16, 1)),
        (4, None, Node(16), Share(4, 4)),
        (24, 4, Node(8, gpus=1), Share(4, 2, 1 / 4)),
        (24, 4, Node(8, gpus=3), Share(4, 2, 1 / 2)),
        (24, 2, Node(8, gpus=8), Share(2, 4, 1)),  # a run uses one
    ],
)
def test_shares_of_a_machine(jobs: int, workers: int | None, node: Node, got: Share) -> None:
    assert share(jobs, workers=workers, nodes=[node]) == got


@pytest.mark.parametrize(
    ("jobs", "nodes", "got"),
    [
        (1, [Node(1), Node(1)], Share(1, 1)),  # not the two of the whole cluster
        (2, [Node(3), Node(3)], Share(2, 3)),
        (3, [Node(3), Node(3)], Share(3, 1)),  # of two threads, only two would fit
        (1, [Node(1), Node(64)], Share(1, 64)),
        (2, [Node(64), Node(8, gpus=2)], Share(2, 4, 1)),  # all on the one that has GPUs
        (9, [Node(64), Node(8, gpus=2), Node(1, gpus=1)], Share(9, 1, 1 / 3)),
    ],
)
def test_shares_of_a_cluster(jobs: int, nodes: list[Node], got: Share) -> None:
    assert share(jobs, workers=None, nodes=nodes) == got


@given(
    jobs=st.integers(1, 40),
    workers=st.none() | st.integers(1, 40),
    nodes=st.lists(st.builds(Node, st.integers(1, 16), st.sampled_from([0, 0, 1, 4])), min_size=1),
)
def test_some_machine_has_what_a_run_asks_for(
    jobs: int, workers: int | None, nodes: list[Node]
) -> None:
    got = share(jobs, workers=workers, nodes=nodes)
    assert any(node.cpus >= got.threads and node.gpus >= got.gpus for node in nodes)
    assert 1 <= got.workers <= jobs
    assert 0 <= got.gpus <= 1
