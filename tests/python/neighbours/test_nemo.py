"""NeMo's own data loader over tar shards, with USE_AIS_GET_BATCH=true: the same batches by the SDK and the patched SDK.

Each run is a program of its own, because NeMo reads its environment when it is imported. Skipped without NeMo.
"""

from __future__ import annotations

import importlib.util
import io
import json
import random
import wave

import pytest

from conftest import run_python
from serving import fill, serving, tar_of

for module in ("nemo", "lhotse", "aistore", "soundfile"):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed", allow_module_level=True)

SHARDS, UTTERANCES, RATE = 2, 12, 16_000

PROGRAM = """
import hashlib, json, os, sys
folder, mode, workers = sys.argv[1:4]
os.environ["USE_AIS_GET_BATCH"] = "true"
if mode == "patched":
    import aisle.aistore
    aisle.aistore.patch()
from omegaconf import OmegaConf
from nemo.collections.asr.data.audio_to_text_lhotse import LhotseSpeechToTextBpeDataset
from nemo.collections.common.data.lhotse import get_lhotse_dataloader_from_config
from lhotse.serialization import get_aistore_client

owner = type(get_aistore_client()[0].batch()).__module__
assert owner.startswith("aisle") == (mode == "patched"), owner
config = OmegaConf.create({
    "manifest_filepath": f"{folder}/manifest__OP_0..1_CL_.json",
    "tarred_audio_filepaths": "ais://speech/audio__OP_0..1_CL_.tar",
    "batch_size": 5, "shuffle": False, "num_workers": int(workers), "force_finite": True, "shard_seed": 0, "seed": 0,
})
dataset = LhotseSpeechToTextBpeDataset(tokenizer=lambda text: list(text.encode()), return_cuts=True)
loader = get_lhotse_dataloader_from_config(config, global_rank=0, world_size=1, dataset=dataset)
found = []
for audio, lengths, tokens, token_lengths, cuts in loader:
    for row, length, text, count, cut in zip(audio, lengths, tokens, token_lengths, cuts):
        digest = hashlib.sha256((row[:length] * 32768).short().numpy().tobytes()).hexdigest()
        found.append([cut.id, bytes(text[:count].tolist()).decode(), digest])
delivered = -1
if mode == "patched" and workers == "0":
    delivered = aisle.aistore.client_of(get_aistore_client()[0]).stats().samples_delivered
print("RESULT", json.dumps([found, delivered]))
"""


def recorded(seed, frames):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(random.Random(seed).randbytes(2 * frames))
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Manifests as NeMo's converter writes them, and the bucket "speech" with their shards."""
    root = tmp_path_factory.mktemp("nemo")
    (root / "manifests").mkdir()
    shards = {}
    for shard in range(SHARDS):
        members, lines = {}, []
        for i in range(UTTERANCES):
            frames = 8000 + 160 * i
            members[f"utt-{shard}-{i}.wav"] = recorded(f"{shard}/{i}", frames)
            lines.append(
                {"audio_filepath": f"utt-{shard}-{i}.wav", "duration": frames / RATE, "text": f"text {shard} {i}"}
                | {"shard_id": shard}
            )
        shards[f"speech/audio_{shard}.tar"] = tar_of(members)
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (root / f"manifests/manifest_{shard}.json").write_text(text)
    fill(root / "served", shards)
    return root


@pytest.fixture(scope="module")
def endpoint(folder):
    with serving(folder / "served") as it:
        yield it


@pytest.fixture(scope="module")
def run(folder, endpoint):
    def run(mode, workers=0):
        done = run_python(
            "-c", PROGRAM, folder / "manifests", mode, workers, endpoint=endpoint, options=(), timeout=900
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        assert done.returncode == 0 and lines, done.stderr
        assert "Falling back" not in done.stderr and "Retrying" not in done.stderr, done.stderr
        return json.loads(lines[-1].removeprefix("RESULT "))

    return run


@pytest.fixture(scope="module")
def by_sdk(run):
    return run("plain")[0]


def test_the_loader_gives_the_same_batches(run, by_sdk):
    wanted = {f"text {shard} {i}" for shard in range(SHARDS) for i in range(UTTERANCES)}
    assert {text for _, text, _ in by_sdk} == wanted and len(by_sdk) == len(wanted)
    found, delivered = run("patched")
    assert found == by_sdk
    assert delivered == len(wanted)


def test_so_do_its_workers(run, by_sdk):
    found, _ = run("patched", workers=2)
    assert {tuple(it) for it in found} == {tuple(it) for it in by_sdk}
