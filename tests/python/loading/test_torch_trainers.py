"""Lightning and Accelerate over GetBatchDataset."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
from torch.utils.data import DataLoader  # noqa: E402

from aisle.torch import GetBatchDataset, merge_states  # noqa: E402
from serving import unused_port  # noqa: E402

BUCKET = "ais://data"


class TestLightning:
    @pytest.fixture
    def train(self, client, served, tmp_path):
        lightning = pytest.importorskip("lightning")
        stateful = pytest.importorskip("torchdata.stateful_dataloader")

        class Counts(lightning.LightningModule):
            def __init__(self):
                super().__init__()
                self.weight = torch.nn.Parameter(torch.zeros(1))
                self.got = []

            def training_step(self, batch):
                self.got += batch[0]
                return self.weight.sum()

            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), 0.1)

        class Asks(Counts):
            """Takes batches itself, so that Lightning asks for none ahead."""

            def training_step(self, dataloader_iter):
                batch, _, _ = next(dataloader_iter)
                return super().training_step(batch)

        class Saves(lightning.Callback):
            def on_train_batch_end(self, trainer, module, *_):
                if trainer.global_step == 7:
                    module.at_step_7 = len(module.got)
                    trainer.save_checkpoint(tmp_path / "7.ckpt")

        def run(asks=False, resume=None):
            dataset = GetBatchDataset(served.many[:200], client, bucket=BUCKET, batch_size=16, shuffle=True)
            loader = stateful.StatefulDataLoader(dataset, batch_size=10, num_workers=2)
            trainer = lightning.Trainer(
                max_epochs=1,
                accelerator="cpu",
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                callbacks=[] if resume else [Saves()],
            )
            module = Asks() if asks else Counts()
            trainer.fit(module, loader, ckpt_path=resume)
            return module

        return run

    @pytest.mark.filterwarnings("ignore")
    def test_an_epoch_has_every_sample_once(self, train, served):
        assert sorted(train().got) == served.many[:200]

    @pytest.mark.filterwarnings("ignore")
    def test_a_checkpoint_in_mid_epoch_goes_on_with_the_next_sample(self, train, served, tmp_path):
        first = train(asks=True)
        rest = train(asks=True, resume=tmp_path / "7.ckpt")
        assert first.at_step_7 == 70
        assert first.got[:70] + rest.got == first.got and sorted(first.got) == served.many[:200]

    @pytest.mark.filterwarnings("ignore")
    def test_lightning_itself_asks_for_one_batch_ahead(self, train, tmp_path):
        """So the batch behind a checkpoint is left out: docs/python/pytorch.md says what to do."""
        first = train()
        rest = train(resume=tmp_path / "7.ckpt")
        assert first.got[:70] + first.got[70:80] + rest.got == first.got


class TestAccelerate:
    @pytest.mark.filterwarnings("ignore")
    def test_a_prepared_loader_hands_out_every_sample_once(self, client, served):
        accelerate = pytest.importorskip("accelerate")
        dataset = GetBatchDataset(
            served.many[:200], client, bucket=BUCKET, batch_size=16, rank=0, world_size=1, sample=len
        )
        loader = accelerate.Accelerator(cpu=True).prepare(DataLoader(dataset, batch_size=10))
        assert [size for some in loader for size in some.tolist()] == [
            len(served.objects[name]) for name in served.many[:200]
        ]

    @pytest.mark.filterwarnings("ignore")
    def test_its_stateful_loader_resumes(self, client, served):
        accelerate = pytest.importorskip("accelerate")
        pytest.importorskip("torchdata")

        def loader():
            dataset = GetBatchDataset(served.many[:200], client, bucket=BUCKET, batch_size=16, rank=0, world_size=1)
            how = accelerate.utils.DataLoaderConfiguration(use_stateful_dataloader=True, dispatch_batches=False)
            one = accelerate.Accelerator(cpu=True, dataloader_config=how)
            return one.prepare(DataLoader(dataset, batch_size=10, collate_fn=_names))

        first, got = loader(), []
        for step, some in enumerate(first, 1):
            got += some
            if step == 6:
                state = first.state_dict()
                break
        again = loader()
        again.load_state_dict(state)
        assert got + [name for some in again for name in some] == served.many[:200]
        assert merge_states([state])["now"]["done"] == {"0,0": 60}

    @pytest.mark.parametrize("dispatch", ["true", "false"])
    def test_it_shares_among_two_processes_by_itself(self, endpoint, served, tmp_path, dispatch):
        """Whether one process reads for all, or each for itself."""
        pytest.importorskip("accelerate")
        (tmp_path / "names").write_text(json.dumps(served.many[:200]))
        program = tmp_path / "ranks.py"
        program.write_text(RANKS)
        subprocess.run(
            [sys.executable, program, tmp_path, dispatch, str(unused_port())],
            check=True,
            timeout=300,
            env=os.environ | {"AIS_ENDPOINT": endpoint},
        )
        parts = [json.loads((tmp_path / str(rank)).read_text()) for rank in range(2)]
        assert [len(part) for part in parts] == [100, 100]
        assert sorted(parts[0] + parts[1]) == list(range(200))


RANKS = """
import json, os, sys
import torch.multiprocessing

def rank_of(rank, folder, names, dispatch, port):
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
                   "MASTER_PORT": port}
    import accelerate
    from torch.utils.data import DataLoader
    from aisle.torch import GetBatchDataset

    how = accelerate.utils.DataLoaderConfiguration(dispatch_batches=dispatch, even_batches=False)
    dataset = GetBatchDataset(names, bucket="ais://data", batch_size=16, rank=0, world_size=1,
                              sample=lambda sample: int(sample.name[-4:]))
    loader = accelerate.Accelerator(cpu=True, dataloader_config=how).prepare(DataLoader(dataset, batch_size=10))
    got = [number for some in loader for number in some.tolist()]
    with open(f"{folder}/{rank}", "w") as out:
        json.dump(got, out)

if __name__ == "__main__":
    with open(sys.argv[1] + "/names") as names:
        wanted = json.load(names)
    torch.multiprocessing.spawn(rank_of, (sys.argv[1], wanted, json.loads(sys.argv[2]), sys.argv[3]), nprocs=2)
"""


def _names(items):
    return [name for name, _ in items]
