"""Lhotse's batch loader over the SDK, patched and as it is: the same audio.

Each run is a program of its own. AISLE_LHOTSE: folders with other versions of Lhotse, joined by os.pathsep, that are
tried after the one that is installed.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import random
import subprocess
import sys
import wave

import pytest

from conftest import Server, tar_of

for module in ("lhotse", "aistore", "soundfile"):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed", allow_module_level=True)

VERSIONS = ["", *filter(None, os.environ.get("AISLE_LHOTSE", "").split(os.pathsep))]
OBJECTS, MEMBERS = 12, 6
RATE = 16_000

PROGRAM = """
import json, sys, tarfile, wave
import numpy

folder, mode, wanted = sys.argv[1], sys.argv[2], json.load(sys.stdin)
if mode == "patched":
    import aisle.aistore
    aisle.aistore.patch()

from lhotse import CutSet, MonoCut, Recording
from lhotse.audio import AudioSource
from lhotse.dataset.input_strategies import AudioSamples
from lhotse.serialization import get_aistore_client

owner = type(get_aistore_client()[0].batch()).__module__
assert owner.startswith("aisle") == (mode == "patched"), owner

def expected(name):
    with wave.open(f"{folder}/{name}") as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype("float32") / 32768

def cut(name, source):
    count = len(expected(name)) if source.source != "ais://audio/gone.wav" else 1600
    recording = Recording(id=name, sources=[source], sampling_rate=16000, num_samples=count, duration=count / 16000)
    return MonoCut(id=name, start=0, duration=count / 16000, channel=0, recording=recording)

cuts = [cut(name, AudioSource(type=kind, channels=[0], source=source)) for name, kind, source in wanted]
tolerant = any(source.endswith("gone.wav") for _, _, source in wanted)
audio, lengths, *rest = AudioSamples(use_batch_loader=True, fault_tolerant=tolerant)(CutSet.from_cuts(cuts))
kept = list(rest[0]) if rest else cuts
for row, length, it in zip(audio, lengths, kept):
    assert numpy.array_equal(row[:length].numpy(), expected(it.id)), it.id
import lhotse
print(json.dumps([lhotse.__version__, [it.id for it in kept]]))
"""


def wav(seed, frames):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(random.Random(seed).randbytes(2 * frames))
    return out.getvalue()


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    """A folder with the bucket `audio`, and `plain`, in which every recording is a file."""
    root = tmp_path_factory.mktemp("lhotse")
    for name in ("served/audio", "plain"):
        (root / name).mkdir(parents=True)
    for i in range(OBJECTS):
        for folder in ("served/audio", "plain"):
            (root / folder / f"o{i}.wav").write_bytes(wav(i, 400 + 800 * i))
    members = {f"m{i}.wav": wav(100 + i, 500 + 300 * i) for i in range(MEMBERS)}
    (root / "served/audio/shard.tar").write_bytes(tar_of(members))
    for name, data in members.items():
        (root / "plain" / name).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def objects_and_members():
    objects = [[f"o{i}.wav", "url", f"ais://audio/o{i}.wav"] for i in range(OBJECTS)]
    return objects + [[f"m{i}.wav", "url", f"ais://audio/shard.tar/m{i}.wav"] for i in range(MEMBERS)]


@pytest.fixture(params=VERSIONS, ids=lambda path: path.rsplit("/", 1)[-1] or "installed")
def load(request, audio, tmp_path):
    """Runs the program; the names of the recordings that it loaded, and the version of Lhotse."""

    def run(endpoint, wanted, mode="patched"):
        paths = [request.param, os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {"AIS_ENDPOINT": endpoint, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(audio / "plain"), mode],
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        version, names = json.loads(done.stdout.splitlines()[-1])
        return names, version, done.stderr

    return run


@pytest.fixture(scope="module")
def endpoint(audio):
    server = Server(audio / "served")
    yield server.endpoint
    server.stop()


def assert_no_fallback(said):
    """Lhotse logs a warning where it fetches one by one what a batch did not bring."""
    assert "Falling back" not in said and "Retrying" not in said, said


@pytest.mark.parametrize("mode", ["patched", "plain"])
def test_objects_and_members_of_shards(load, endpoint, objects_and_members, mode):
    names, _, said = load(endpoint, objects_and_members, mode)
    assert names == [name for name, _, _ in objects_and_members]
    assert_no_fallback(said)


@pytest.mark.parametrize("fault", ["short@3/1", "cut@2/2", "abort@1/3", "placeholder@4/2", "no-final-chunk/1"])
def test_answers_that_are_truncated_or_fail_cost_nothing(load, audio, objects_and_members, serve, fault):
    server = serve(audio / "served", "--fault", fault)
    names, _, said = load(server.endpoint, objects_and_members)
    assert names == [name for name, _, _ in objects_and_members]
    assert_no_fallback(said)


def test_a_recording_that_is_gone(load, endpoint, objects_and_members):
    wanted = [*objects_and_members[:3], ["o0.wav", "url", "ais://audio/gone.wav"], *objects_and_members[3:5]]
    if load(endpoint, objects_and_members[:1])[1].startswith("1."):
        pytest.skip("Lhotse 1 has no way to leave out what cannot be fetched")
    names, _, _ = load(endpoint, wanted)
    assert names == [name for name, _, _ in objects_and_members[:5]]


def test_byte_ranges_of_shards(load, endpoint, audio, objects_and_members):
    """Lhotse 2's pointers into shards, which come as MossIn.model_construct(start=, length=)."""
    if load(endpoint, objects_and_members[:1])[1].startswith("1."):
        pytest.skip("Lhotse 1 has no pointers into shards")
    shard, wanted = (audio / "served/audio/shard.tar").read_bytes(), []
    for i in range(MEMBERS):
        start = shard.index(f"m{i}.wav".encode())
        data = len((audio / f"plain/m{i}.wav").read_bytes())
        end = start + 512 + -(-data // 512) * 512
        wanted.append([f"m{i}.wav", "shar_ptr", f"ais://audio/shard.tar?o={start}&e={end}"])
    names, _, said = load(endpoint, wanted)
    assert names == [f"m{i}.wav" for i in range(MEMBERS)]
    assert_no_fallback(said)
