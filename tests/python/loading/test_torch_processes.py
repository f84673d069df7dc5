"""Workers that are forked, spawned and served, of a parent that has fetched before, or is in mid-stream; and ranks.

Each test is a program of its own, run with warnings as errors, that must end by itself and write nothing to stderr.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("torch")

STRICT = """
import warnings
warnings.simplefilter("error")  # after the imports: torch's own warn with some versions of Python
warnings.filterwarnings("ignore", message="This DataLoader will create")
"""

LOADERS = """
import json, sys
import aisle
from aisle.torch import GetBatchDataset
from torch.utils.data import DataLoader
# STRICT

def main():
    method, parent, names = sys.argv[1], sys.argv[2], json.load(sys.stdin)
    client = aisle.Client()
    kept = None
    if parent != "unused":
        kept = client.stream(names, bucket="ais://data", batch_size=16)
        taken = [next(kept) for _ in range(40)]
        if parent == "used":
            kept.close()
    for workers in (0, 2, 4):
        dataset = GetBatchDataset(names, client, bucket="ais://data", batch_size=16, shuffle=True)
        context = method if workers else None
        loader = DataLoader(dataset, batch_size=8, num_workers=workers, multiprocessing_context=context)
        got = {name: data for some, datas in loader for name, data in zip(some, datas)}
        print(json.dumps([workers, len(got), sorted(got) == sorted(names), sum(map(len, got.values()))]))
    if parent == "mid-stream":
        print(json.dumps(["rest", sum(1 for _ in kept)]))

if __name__ == "__main__":
    main()
"""


def run(path, text, *arguments, endpoint, stdin):
    path.write_text(text.replace("# STRICT", STRICT))
    return subprocess.run(
        [sys.executable, str(path), *map(str, arguments)],
        input=json.dumps(stdin),
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"AIS_ENDPOINT": endpoint},
    )


@pytest.mark.parametrize("parent", ["unused", "used", "mid-stream"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_every_sample_once_whatever_the_start_method_and_the_parent(endpoint, served, tmp_path, method, parent):
    names = served.many[:200]
    done = run(tmp_path / "loaders.py", LOADERS, method, parent, endpoint=endpoint, stdin=names)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    size = sum(len(served.objects[name]) for name in names)
    want = [[workers, 200, True, size] for workers in (0, 2, 4)]
    assert [json.loads(line) for line in done.stdout.splitlines()] == want + [["rest", 160]] * (parent == "mid-stream")


RANKS = """
import json, os, sys
import torch.distributed
import torch.multiprocessing
from torch.utils.data import DataLoader
from aisle.torch import GetBatchDataset

def rank_of(rank, world, folder, names, method):
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=world)
    dataset = GetBatchDataset(names, bucket="ais://data", batch_size=16, shuffle=True)
    got = []
    for epoch in range(2):
        dataset.set_epoch(epoch)
        loader = DataLoader(dataset, batch_size=8, num_workers=2, multiprocessing_context=method)
        got.append([name for some, _ in loader for name in some])
    with open(f"{folder}/{rank}", "w") as out:
        json.dump([dataset.rank_size(), got], out)
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()

if __name__ == "__main__":
    torch.multiprocessing.spawn(rank_of, (2, sys.argv[1], json.load(sys.stdin), sys.argv[2]), nprocs=2)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_two_ranks_that_torch_distributed_knows_of(endpoint, served, tmp_path, method):
    names = served.many[:333]
    done = run(tmp_path / "ranks.py", RANKS, tmp_path, method, endpoint=endpoint, stdin=names)
    assert done.returncode == 0, done.stderr
    ranks = [json.loads((tmp_path / str(rank)).read_text()) for rank in range(2)]
    assert {size for size, _ in ranks} == {167, 166}
    for epoch in range(2):
        assert sorted(name for _, got in ranks for name in got[epoch]) == names
        assert [len(got[epoch]) for _, got in ranks] == [size for size, _ in ranks]
    assert ranks[0][1][0] != ranks[0][1][1]


TORCHRUN = """
import json, os, sys
from torch.utils.data import DataLoader
from aisle.torch import GetBatchDataset

if __name__ == "__main__":
    with open(sys.argv[1] + "/names") as names:
        dataset = GetBatchDataset(json.load(names), bucket="ais://data", batch_size=16)
    got = [name for some, _ in DataLoader(dataset, batch_size=8, num_workers=1) for name in some]
    with open(f"{sys.argv[1]}/{os.environ['RANK']}", "w") as out:
        json.dump(got, out)
"""


def test_two_ranks_of_torchrun(endpoint, served, tmp_path):
    names = served.many[:100]
    (tmp_path / "names").write_text(json.dumps(names))
    program = tmp_path / "ranks.py"
    program.write_text(TORCHRUN)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--nproc-per-node",
            "2",
            "--rdzv-backend",
            "c10d",
            "--rdzv-endpoint",
            "127.0.0.1:0",
            str(program),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"AIS_ENDPOINT": endpoint},
    )
    assert done.returncode == 0, done.stderr
    parts = [json.loads((tmp_path / str(rank)).read_text()) for rank in range(2)]
    assert sorted(parts[0] + parts[1]) == names and all(parts)


LEFT_OPEN = """
import sys
import aisle
from aisle.torch import GetBatchDataset
from torch.utils.data import DataLoader
# STRICT

def main():
    dataset = GetBatchDataset(sys.argv[2:], bucket="ais://data", batch_size=8)
    iterator = iter(DataLoader(dataset, batch_size=4, num_workers=int(sys.argv[1])))
    kept = next(iterator)
    other = iter(dataset)
    print(len(kept[0]), next(other)[0] == sys.argv[2])

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_a_program_may_end_with_a_loader_in_mid_epoch(endpoint, served, tmp_path, workers):
    done = run(tmp_path / "open.py", LEFT_OPEN, workers, *served.many[:200], endpoint=endpoint, stdin=None)
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 True\n", "")
