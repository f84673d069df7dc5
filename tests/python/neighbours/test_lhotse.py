"""Lhotse's AISBatchLoader over the patched SDK and over the SDK itself, with audio made here. For Lhotse 1.33 and 2.0.

AISLE_LHOTSE: folders with other versions of Lhotse, joined by os.pathsep: these tests are run with each of them too.
"""

from __future__ import annotations

import io
import logging
import os
import random
import re
import subprocess
import sys
import tarfile

import pytest

from conftest import run_python
from serving import ROOT, Server, fill, serving, tar_of

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("aistore", reason="the AIStore SDK is not installed")
soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
lhotse = pytest.importorskip("lhotse", reason="lhotse is not installed")
import numpy  # noqa: E402
from aistore.sdk import Client  # noqa: E402
from lhotse import CutSet, MonoCut, Recording  # noqa: E402
from lhotse.ais import AISBatchLoader  # noqa: E402
from lhotse.audio import AudioSource  # noqa: E402
from lhotse.dataset import AudioSamples  # noqa: E402

import aisle.aistore  # noqa: E402

RATE = 16_000
HAS_POINTERS = int(lhotse.__version__.split(".")[0]) >= 2


def sound(number):
    return (numpy.random.default_rng(number).random(4000 + 160 * number) - 0.5).astype("float32")


def wav(number):
    out = io.BytesIO()
    soundfile.write(out, sound(number), RATE, format="WAV", subtype="FLOAT")
    return out.getvalue()


COUNT = 40
SHARD = tar_of({f"utt-{i:03}.wav": wav(i) for i in range(COUNT)})


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    files = {f"speech/wav/utt-{i:03}.wav": wav(i) for i in range(COUNT)} | {"speech/shard.tar": SHARD}
    return fill(tmp_path_factory.mktemp("lhotse") / "root", files)


@pytest.fixture(scope="module")
def endpoint(served):
    with serving(served) as it:
        yield it


@pytest.fixture(autouse=True)
def environment(monkeypatch, endpoint):
    monkeypatch.setenv("AIS_ENDPOINT", endpoint)
    yield
    aisle.aistore.unpatch()


def in_a_file(number):
    return "url", f"ais://speech/wav/utt-{number:03}.wav"


def in_a_shard(number):
    return "url", f"ais://speech/shard.tar/utt-{number:03}.wav"


def in_a_range(number, padding=0):
    """Lhotse 2's pointer into a shard, which comes as MossIn.model_construct(start=, length=)."""
    from lhotse.shar.lazy_pointer import encode_pointer

    with tarfile.open(fileobj=io.BytesIO(SHARD)) as archive:
        member = archive.getmember(f"utt-{number:03}.wav")
    end = member.offset_data + member.size
    return "shar_ptr", encode_pointer("ais://speech/shard.tar", member.offset, end + padding)


def in_a_range_up_to_the_next_member(number):
    """As indexes of offsets give it: the range has the member's padding too."""
    return in_a_range(number, -len(wav(number)) % 512)


def cuts_of(*sources):
    """One cut for each (number of the sound, (type, source))."""
    cuts = []
    for at, (number, (kind, source)) in enumerate(sources):
        samples = len(sound(number))
        recording = Recording(
            id=f"r{at}",
            sampling_rate=RATE,
            num_samples=samples,
            duration=samples / RATE,
            sources=[AudioSource(type=kind, channels=[0], source=source)],
        )
        cuts.append(MonoCut(id=f"c{at}", start=0, duration=recording.duration, channel=0, recording=recording))
    return CutSet.from_cuts(cuts)


def check(audio, lengths, numbers):
    assert list(lengths) == [len(sound(n)) for n in numbers]
    for row, number in zip(audio, numbers, strict=True):
        assert numpy.array_equal(row[: len(sound(number))], sound(number))


def delivered():
    return aisle.aistore.client_of(AISBatchLoader().client).stats().samples_delivered


KINDS = [in_a_file, in_a_shard] + ([in_a_range, in_a_range_up_to_the_next_member] if HAS_POINTERS else [])


@pytest.mark.parametrize("place", KINDS)
def test_a_batch_of_audio_is_the_same_with_and_without_the_patch(endpoint, place):
    numbers = random.Random(7).sample(range(COUNT), 32)
    check(*AudioSamples(use_batch_loader=True)(cuts_of(*((n, place(n)) for n in numbers))), numbers)
    aisle.aistore.patch()
    before = delivered()
    check(*AudioSamples(use_batch_loader=True)(cuts_of(*((n, place(n)) for n in numbers))), numbers)
    assert delivered() == before + 32  # Aisle fetched each of them, once


def test_all_kinds_of_places_in_one_batch(endpoint):
    aisle.aistore.patch()
    numbers = [n % COUNT for n in range(60)]
    check(
        *AudioSamples(use_batch_loader=True)(cuts_of(*((n, KINDS[i % len(KINDS)](n)) for i, n in enumerate(numbers)))),
        numbers,
    )


FAULTS = ["short@5x2", "abrupt@5x2", "cut@5x2", "empty-archivex2", "refuse-503x2", "swapped@5x2"]
FAULTS += ["short@3/1", "cut@2/2", "abort@1/3", "placeholder@4/2", "no-final-chunk/1"]


@pytest.mark.parametrize("fault", FAULTS)
def test_truncated_and_failing_answers_cost_lhotse_nothing(served, monkeypatch, caplog, fault):
    with Server(served, "--fault", fault) as it:
        monkeypatch.setenv("AIS_ENDPOINT", it.endpoint)
        aisle.aistore.patch()
        numbers = range(20)
        cuts = cuts_of(*((n, KINDS[n % len(KINDS)](n)) for n in numbers))
        with caplog.at_level(logging.WARNING, "lhotse"):
            check(*AudioSamples(use_batch_loader=True)(cuts), numbers)
        assert "Falling back" not in caplog.text and "Retrying" not in caplog.text


def test_a_missing_object_is_requested_by_itself_and_then_raised(endpoint, caplog):
    aisle.aistore.patch()
    sources = [(1, in_a_file(1)), (2, ("url", "ais://speech/wav/none.wav")), (3, in_a_file(3))]
    with caplog.at_level(logging.WARNING, "lhotse"), pytest.raises(Exception, match="none"):
        AudioSamples(use_batch_loader=True)(cuts_of(*sources))
    assert "none.wav" in caplog.text


def test_an_entry_that_fails_is_fetched_by_lhotse_and_the_others_by_aisle(endpoint, monkeypatch, caplog):
    aisle.aistore.patch()
    real = Client.batch

    def batch(self, *arguments, **options):
        made = real(self, *arguments, **options)
        get = made.get

        def get_with_one_failure():
            answers = get()
            step = type(answers).__next__

            class Failing:
                at = -1

                def __iter__(self):
                    return self

                def __next__(self):
                    self.at += 1
                    pair = step(answers)
                    if self.at == 2:
                        raise aisle.aistore.EntryFailed("no answer")
                    return pair

            return Failing()

        made.get = get_with_one_failure
        return made

    monkeypatch.setattr(Client, "batch", batch)
    with caplog.at_level(logging.WARNING, "lhotse"):
        check(*AudioSamples(use_batch_loader=True)(cuts_of(*((n, in_a_shard(n)) for n in range(8)))), range(8))
    assert caplog.text.count("Timeout while fetching") == 1


@pytest.mark.skipif(not HAS_POINTERS, reason="Lhotse 1.33 has no way to leave cuts out")
def test_a_fault_tolerant_loader_leaves_out_what_is_missing(endpoint):
    aisle.aistore.patch()
    sources = [(1, in_a_file(1)), (2, ("url", "ais://speech/wav/none.wav")), (3, in_a_shard(3))]
    audio, lengths, kept = AudioSamples(use_batch_loader=True, fault_tolerant=True)(cuts_of(*sources))
    assert [cut.id for cut in kept] == ["c0", "c2"]
    check(audio, lengths, [1, 3])


PATCHED_FIRST = """
import aisle.aistore
aisle.aistore.patch()
from lhotse.serialization import get_aistore_client
batch = get_aistore_client()[0].batch()
print(type(batch).__module__)
"""


def test_the_patch_may_come_before_lhotse_is_imported(endpoint):
    done = run_python("-c", PATCHED_FIRST, endpoint=endpoint, options=(), timeout=300)
    assert (done.returncode, done.stdout) == (0, "aisle.aistore\n"), done.stderr


OTHERS = [it for it in os.environ.get("AISLE_LHOTSE", "").split(os.pathsep) if it]


@pytest.mark.parametrize("folder", OTHERS, ids=[os.path.basename(it) for it in OTHERS])
def test_with_another_version_of_lhotse(folder):
    path = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
    variables = os.environ | {"PYTHONPATH": path, "AISLE_LHOTSE": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=variables)
    assert done.returncode == 0, done.stdout


def test_the_documented_blocks(endpoint, tmp_path, monkeypatch):
    """Those of docs/python/lhotse-nemo.md."""
    text = (ROOT / "docs/python/lhotse-nemo.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    cuts_of((3, in_a_file(3)), (4, in_a_shard(4))).to_file("cuts.jsonl")
    before = delivered()
    scope: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
        exec(block, scope)
    check(scope["audio"], scope["lengths"], [3, 4])
    assert delivered() == before + 2


def test_cuts_without_a_cluster_pass(endpoint, tmp_path):
    aisle.aistore.patch()
    soundfile.write(tmp_path / "a.wav", sound(1), RATE, subtype="FLOAT")
    audio, lengths = AudioSamples(use_batch_loader=True)(cuts_of((1, ("file", str(tmp_path / "a.wav")))))
    check(audio, lengths, [1])
