"""A script: a cluster of two machines with a processor each, on which it runs ``OUT`` and ends."""

from __future__ import annotations

import sys

from grids import SHORT

from infoplane.runs.grid.run_grid import run_grid
from infoplane.runs.grid.workers import load_ray

if __name__ == "__main__":
    load_ray(local=False)
    from ray.cluster_utils import Cluster

    size = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=size)
    try:
        cluster.add_node(num_cpus=1, object_store_memory=100 * 2**20)
        run_grid({"one": SHORT}, out=sys.argv[1], ray=cluster.address)
    finally:
        cluster.shutdown()
