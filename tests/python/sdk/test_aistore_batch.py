"""The drop-in Batch: the same results as the SDK's, and right ones where the SDK has none."""

from __future__ import annotations

import base64
import copy
import pickle
import subprocess
import sys
import textwrap
import threading

import pytest

import aisle
from serving import Server, fill, serving, tar_of

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")
import requests
import urllib3
from aistore.sdk import Client
from aistore.sdk.batch.batch import Batch as SdkBatch
from aistore.sdk.batch.types import MossIn, MossOut
from aistore.sdk.errors import AISError, ErrBckNotFound, ErrObjNotFound
from aistore.sdk.types import Namespace

import aisle.aistore

SIZES = [0, 1, 511, 512, 513, 10_240, 100_000, 1_048_576]
OBJECTS = {f"size-{size}": bytes(i * 7 % 251 for i in range(size)) for size in SIZES}
OBJECTS |= {name: name.encode() for name in ("dir/with space", "ünï/日本.bin", "per%20cent", "s3://looks/like")}
MEMBERS = {"a.txt": b"AAAA", "d/b.bin": bytes(range(256)), "empty.txt": b""}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    served = {f"train/{name}": data for name, data in OBJECTS.items() if "//" not in name}
    served |= {"train/shard.tar": tar_of(MEMBERS), "other/size-1": b"another", "s3:cloud/c": b"cloudy"}
    served |= {"train/broken.tar": tar_of(MEMBERS)[:700] + b"\xff" * 700}
    served |= {"#ns/train/size-1": b"in a namespace"}
    with serving(fill(tmp_path_factory.mktemp("drop-in") / "root", served)) as it:
        yield it


@pytest.fixture
def client(endpoint):
    return Client(endpoint)


@pytest.fixture(params=[SdkBatch, aisle.aistore.Batch], ids=["sdk", "aisle"])
def kind(request):
    return request.param


def ours(client, *arguments, **options):
    return aisle.aistore.Batch(client, *arguments, **options)


def plain(info):
    return info.obj_name, info.archpath or "", info.bucket, info.provider, info.opaque, bool(info.err_msg), info.size


def both(client, *arguments, adds=(), **options):
    """What the SDK gives and what Aisle gives, of the same batch."""
    out = []
    for kind in (SdkBatch, aisle.aistore.Batch):
        batch = kind(client._request_client, *arguments, **options)
        for positional, named in adds:
            batch.add(*positional, **named)
        out.append([(plain(info), data) for info, data in batch.get()])
    return out


def names_that_both_can(bucket):
    return [name for name in OBJECTS if "//" not in name]


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("form", [".tar", ".tgz", ".tar.gz", ".zip"])
def test_every_format_in_both_modes(client, form, streaming):
    bucket = client.bucket("train")
    names = names_that_both_can(bucket) * 2
    by_sdk, by_aisle = both(client, names, bucket, output_format=form, streaming_get=streaming)
    assert by_aisle == by_sdk
    assert [data for _, data in by_aisle] == [OBJECTS[name] for name in names]
    assert all(type(data) is bytes for _, data in by_aisle)


@pytest.mark.parametrize("streaming", [True, False])
def test_objects_members_ranges_and_opaque_bytes(client, streaming):
    bucket, other, cloud = client.bucket("train"), client.bucket("other"), client.bucket("cloud", "aws")
    adds = [
        ((bucket.object("shard.tar"),), {"archpath": name, "opaque": b"\x00\xff\xfe" + name.encode()})
        for name in MEMBERS
    ]
    adds += [
        ((other.object("size-1"),), {}),
        ((cloud.object("c"),), {"opaque": b"?"}),
        (("size-100000",), {"start": 99_990, "length": -1}),
        (("size-100000",), {"start": 0, "length": 7}),
        (("shard.tar", None, "d/b.bin", 5, 3), {}),
        (("c",), {"bck": "cloud", "provider": "aws"}),
    ]
    by_sdk, by_aisle = both(client, bucket=bucket, adds=adds, streaming_get=streaming)
    if streaming:
        assert by_aisle == by_sdk
    else:  # the SDK then has no archpath: it gives the names of members as those of objects
        assert [(info[2:], data) for info, data in by_aisle] == [(info[2:], data) for info, data in by_sdk]
    asked = [*(("shard.tar", name) for name in MEMBERS), ("size-1", ""), ("c", "")]
    assert [info[:2] for info, _ in by_aisle[:5]] == asked
    whole = OBJECTS["size-100000"]
    assert [data for _, data in by_aisle] == [
        *MEMBERS.values(),
        b"another",
        b"cloudy",
        whole[99_990:],
        whole[:7],
        bytes([5, 6, 7]),
        b"cloudy",
    ]


@pytest.mark.parametrize("streaming", [True, False])
def test_missing_entries_are_empty_with_a_message(client, streaming):
    bucket = client.bucket("train")
    names = ["size-1", "nope", "size-513", "nope-either", "size-0"]
    by_sdk, by_aisle = both(client, names, bucket, streaming_get=streaming)
    assert by_aisle == by_sdk
    assert [info[5] for info, _ in by_aisle] == [False, True, False, True, False]
    ((info, data),) = ours(client, ["nope"], bucket).get()
    assert data == b"" and "nope" in info.err_msg


def test_it_is_an_instance_of_the_sdks_batch(client, kind):
    batch = kind(client._request_client, ["size-1"], client.bucket("train"))
    assert isinstance(batch, SdkBatch) and len(batch) == 1 and repr(batch) == "Batch(objects=1, format=.tar)"
    assert isinstance(vars(kind)["requests_list"], property) and isinstance(batch.requests_list, list)
    assert batch.requests_list is batch.request.moss_in
    assert batch.add("size-0") is batch and [m.obj_name for m in batch.requests_list] == ["size-1", "size-0"]
    info, _ = next(iter(batch.get()))
    assert isinstance(info, MossOut) and info.model_dump()["obj_name"] == "size-1" and len(batch) == 0
    assert batch.add("size-1").clear() is batch and len(batch) == 0


def test_infos_pickle_and_have_the_buckets_name_as_requests_have_it(client):
    ((info, _),) = ours(client, ["size-1"], client.bucket("train")).get()
    assert info.bck == info.bucket == "train"
    assert pickle.loads(pickle.dumps(info)) == info


@pytest.mark.parametrize("model", ["item", "info"])
def test_models_made_without_validation_are_as_pydantic_makes_them(client, model):
    batch = ours(client, ["size-1"], client.bucket("train"))
    if model == "item":
        made, same = batch.requests_list[0], MossIn(obj_name="size-1", bck="train", provider="ais")
        assert hash(made) == hash(same)
    else:
        made = next(batch.get())[0]
        same = aisle.aistore.Info(obj_name="size-1", archpath="", bucket="train", provider="ais", opaque=None,
                                  err_msg=None, size=1)  # fmt: skip
    assert made == same and repr(made) == repr(same)
    assert (made.dict(), made.model_fields_set, made.model_extra) == (same.dict(), same.model_fields_set, None)
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == same
    other = made.model_copy(update={"obj_name": "x"})
    assert (other.obj_name, made.obj_name) == ("x", "size-1")


@pytest.mark.parametrize("wrong", [object, int, 7])
def test_what_is_no_model_cannot_be_made_as_one(wrong):
    from aisle import _aisle

    with pytest.raises((AttributeError, TypeError)):
        _aisle.make_model(wrong, {}, set())


def test_data_is_made_when_it_is_asked_for(client, monkeypatch):
    made = []
    info_of = aisle.aistore.info_of
    monkeypatch.setattr(aisle.aistore, "info_of", lambda *about: made.append(about) or info_of(*about))
    answers = ours(client, ["size-1"] * 50, client.bucket("train")).get()
    for count in range(1, 51):
        next(answers)
        assert len(made) == count


def test_a_batch_can_be_kept_and_filled_again(client, kind):
    batch = kind(client._request_client, ["size-1", "size-511"], client.bucket("train"))
    for _ in range(2):
        assert [data for _, data in batch.get(clear_batch=False)] == [OBJECTS["size-1"], OBJECTS["size-511"]]
    assert len(batch) == 2
    assert len(list(batch.get())) == 2 and len(batch) == 0
    batch.add("size-512")
    assert [data for _, data in batch.get()] == [OBJECTS["size-512"]]
    with pytest.raises(ValueError):
        batch.get()


def test_entries_may_be_put_into_the_list_as_lhotse_does(client, kind):
    batch = kind(client._request_client)
    for name, start, length in (("size-512", 0, 512), ("size-513", 100, 13), ("size-1", None, None)):
        batch.requests_list.append(
            MossIn.model_construct(bck="train", provider="ais", obj_name=name, start=start, length=length)
        )
    assert [data for _, data in batch.get()] == [OBJECTS["size-512"], OBJECTS["size-513"][100:113], OBJECTS["size-1"]]


def test_the_raw_answer_is_the_sdks(client, kind):
    batch = kind(client._request_client, ["size-1"], client.bucket("train"))
    with batch.get(raw=True) as answer:
        assert b"train/size-1" in answer.read()
    assert len(batch) == 0


def test_options_without_effect_are_checked_as_the_sdk_does(client, kind):
    batch = kind(client._request_client, ["size-1"], client.bucket("train"))
    for wrong in (0, -1, True, 1.5):
        with pytest.raises(ValueError):
            batch.get(tar_buffer_size=wrong)
    assert len(batch) == 1
    assert [data for _, data in batch.get(False, True, tar_buffer_size=65536)] == [OBJECTS["size-1"]]
    zipped = kind(client._request_client, ["size-1"], client.bucket("train"), output_format=".zip")
    with pytest.raises(ValueError):
        zipped.get(tar_buffer_size=65536)


def test_get_itself_raises_for_a_bucket_that_does_not_exist(client, kind):
    batch = kind(client._request_client, ["x", "y"], client.bucket("no-such-bucket"))
    with pytest.raises(ErrBckNotFound) as caught:
        batch.get()
    assert caught.value.status_code == 404 and isinstance(caught.value, AISError)


def test_one_missing_bucket_of_several_fails_its_own_entries(client):
    bucket, missing = client.bucket("train"), client.bucket("no-such-bucket")
    answers = ours(client, [missing.object("x"), bucket.object("size-1"), missing.object("y")]).get()
    with pytest.raises(aisle.aistore.EntryFailed, match="no-such-bucket"):
        next(answers)
    assert next(answers)[1] == OBJECTS["size-1"]
    with pytest.raises(aisle.aistore.EntryFailed):
        next(answers)
    assert next(answers, None) is None


def test_entries_are_still_there_after_a_request_that_failed(client):
    batch = ours(client, ["x", "y"], client.bucket("no-such-bucket"))
    with pytest.raises(aisle.aistore.BucketMissing) as caught:
        batch.get()
    assert len(batch) == 2 and isinstance(caught.value, aisle.Error)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value) and again.status_code == 404 and str(again) == str(caught.value)


def test_no_server_at_the_endpoint(monkeypatch):
    monkeypatch.setattr(aisle.Client, "stream", _without_patience(aisle.Client.stream))
    batch = ours(Client("http://127.0.0.1:9"), ["x"], Client("http://127.0.0.1:9").bucket("b"))
    with pytest.raises(AISError) as caught:
        batch.get()
    assert isinstance(caught.value, requests.exceptions.ConnectionError) and "127.0.0.1:9" in str(caught.value)


def _without_patience(stream):
    return lambda self, source, **options: stream(self, source, attempts=1, **options)


def test_the_first_missing_entry_ends_a_strict_batch(client):
    bucket = client.bucket("train")
    with pytest.raises(ErrObjNotFound) as caught:
        list(ours(client, ["nope", "size-1"], bucket, cont_on_err=False).get())
    assert isinstance(caught.value, FileNotFoundError) and caught.value.status_code == 404
    answers = ours(client, ["size-1", "nope", "size-512"], bucket, cont_on_err=False).get()
    assert next(answers)[1] == OBJECTS["size-1"]
    with pytest.raises(ErrObjNotFound):
        next(answers)
    assert list(answers) == []


def test_views_in_place_of_bytes(client):
    batch = ours(client, ["size-512", "nope"], client.bucket("train"))
    batch.samples = "view"
    (_, first), (info, second) = batch.get()
    assert isinstance(first, aisle.Sample) and first == OBJECTS["size-512"]
    assert info.err_msg and not second


# ---- where the SDK is silently wrong


def test_more_than_eight_missing_entries_do_not_end_the_batch(client):
    names = [name for i in range(20) for name in (f"nope-{i}", "size-1")]
    got = list(ours(client, names, client.bucket("train")).get())
    assert [info.obj_name for info, _ in got] == names
    assert [data for _, data in got] == [b"", OBJECTS["size-1"]] * 20


def test_a_range_outside_its_object_does_not_cut_the_batch_short(client):
    batch = ours(client, bucket=client.bucket("train"))
    batch.add("size-1").add("size-512", start=600, length=10).add("size-513")
    got = list(batch.get())
    assert [data for _, data in got] == [OBJECTS["size-1"], b"", OBJECTS["size-513"]]
    assert got[1][0].err_msg and not got[2][0].err_msg


def test_a_damaged_shard_does_not_take_the_others_along(client):
    batch = ours(client, bucket=client.bucket("train"))
    batch.add("size-1").add("broken.tar", archpath="d/b.bin").add("size-513")
    answers, got = batch.get(), []
    while True:
        try:
            info, data = next(answers)
            got.append(data if not info.err_msg else None)
        except StopIteration:
            break
        except aisle.aistore.EntryFailed as why:
            assert isinstance(why, urllib3.exceptions.TimeoutError)
            got.append(None)
    assert got == [OBJECTS["size-1"], None, OBJECTS["size-513"]]


@pytest.mark.parametrize(
    "fault",
    [
        "short@3",
        "swapped@3",
        "wrong-name@3",
        "cut@3",
        "abrupt@3",
        "excess@3",
        "no-end",
        "wrong-size@3",
    ],
)
@pytest.mark.parametrize("streaming", [True, False])
def test_a_faulty_answer_is_repaired(fault, streaming):
    with Server("--synthetic", "100x3000", "--fault", fault + "x2") as it:
        client = Client(it.endpoint)
        names = [f"sample-{i:08}" for i in range(20)]
        sound = [data for _, data in ours(client, names, client.bucket("synthetic"), streaming_get=streaming).get()]
        assert sound == [client.bucket("synthetic").object(name).get_reader().read_all() for name in names]


def test_a_placeholder_does_not_prove_that_an_object_is_missing():
    """In a stream the mark of a missing object also stands for one that its owner could not read just then."""
    with Server("--synthetic", "100x3000", "--fault", "placeholder@3x2") as it:
        bucket = Client(it.endpoint).bucket("synthetic")
        names = [f"sample-{i:08}" for i in range(20)]
        got = [data for _, data in ours(Client(it.endpoint), names, bucket).get()]
        assert got == [bucket.object(name).get_reader().read_all() for name in names]


def test_namespaces_are_kept(client):
    spaced = client.bucket("train", namespace=Namespace(name="ns"))
    batch = ours(client, ["size-1"], spaced)
    batch.add(spaced.object("size-1")).add(client.bucket("train").object("size-1"))
    got = list(batch.get())
    assert [data for _, data in got] == [b"in a namespace", b"in a namespace", OBJECTS["size-1"]]
    assert [info.bucket for info, _ in got] == ["train"] * 3


def test_no_bytes_are_not_all_bytes(client):
    with pytest.raises(ValueError, match="length=0"):
        ours(client, bucket=client.bucket("train")).add("size-512", length=0)
    batch = ours(client)
    batch.requests_list.append(MossIn.model_construct(bck="train", provider="ais", obj_name="size-512", length=0))
    with pytest.raises(ValueError, match="length"):
        batch.get()


def test_empty_opaque_bytes_come_back_as_they_are(client):
    batch = ours(client, bucket=client.bucket("train"))
    batch.add("size-1", opaque=b"").add("size-1").add("size-1", opaque=b"\xfb\xff")
    batch.requests_list.append(
        MossIn(obj_name="size-1", bck="train", provider="ais", opaque=base64.urlsafe_b64encode(b"\xfb\xff").decode())
    )
    assert [info.opaque for info, _ in batch.get()] == [b"", None, b"\xfb\xff", b"\xfb\xff"]
    batch.requests_list.append(MossIn(obj_name="size-1", bck="train", provider="ais", opaque="not base64"))
    with pytest.raises(ValueError, match="base64"):
        batch.get()


def test_threads_that_add_and_get_lose_no_entry(client):
    batch = ours(client, bucket=client.bucket("train"))
    wanted, taken, ended = 400, [], threading.Event()

    def take():
        while True:
            last = ended.is_set()
            try:
                taken.extend(info.opaque for info, _ in batch.get())
            except ValueError:
                if last:
                    return

    takers = [threading.Thread(target=take) for _ in range(4)]
    for taker in takers:
        taker.start()
    for i in range(wanted):
        batch.add("size-1", opaque=str(i).encode())
    ended.set()
    for taker in takers:
        taker.join(60)
    assert sorted(map(int, taken)) == list(range(wanted))


def test_threads_share_one_iterator(client):
    bucket = client.bucket("train")
    batch = ours(client, bucket=bucket)
    for i in range(300):
        batch.add("size-10240", opaque=str(i).encode())
    answers, seen = batch.get(), []
    takers = [threading.Thread(target=lambda: seen.extend(int(info.opaque) for info, _ in answers)) for _ in range(8)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(60)
    assert sorted(seen) == list(range(300))


def test_a_loop_that_is_left_early_ends_the_request(client):
    for _ in range(20):
        for _, data in ours(client, ["size-1048576"] * 50, client.bucket("train")).get():
            assert len(data) == 1_048_576
            break
    answers = ours(client, ["size-1"] * 9, client.bucket("train")).get()
    next(answers)
    answers.close()
    answers.close()
    assert list(answers) == []


def test_an_entry_that_is_not_an_object_is_refused(client, kind):
    with pytest.raises(ValueError):
        kind(client._request_client, [7], client.bucket("train"))
    with pytest.raises(ValueError):
        kind(client._request_client, ["name-without-a-bucket"])


def test_a_program_may_end_in_the_middle_of_a_batch(endpoint):
    program = f"""
        import aisle.aistore
        from aistore.sdk import Client
        client = Client({endpoint!r})
        kept = aisle.aistore.Batch(client, ["size-1048576"] * 50, client.bucket("train")).get()
        print(len(next(kept)[1]))
    """
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=180
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1048576\n", "")


def test_an_interrupt_ends_the_wait_and_leaves_the_entries(silent_port):
    program = f"""
        import os, signal, threading, time, aisle.aistore
        from aistore.sdk import Client
        client = Client("http://127.0.0.1:{silent_port}")
        batch = aisle.aistore.Batch(client, ["sample-00000000"] * 3, client.bucket("synthetic"))
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job inherits that it is ignored
        began = []
        def interrupt():
            while not aisle.aistore.client_of(client).stats().requests:
                time.sleep(0.01)
            time.sleep(0.2)
            began.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        try:
            threading.Thread(target=interrupt).start()
            list(batch.get(clear_batch=True))
        except KeyboardInterrupt:
            print(time.monotonic() - began[0] < 20, len(batch))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=180
    )
    assert (done.stdout, done.stderr) == ("True 3\n", "")


def test_clients_of_one_cluster_share_one_engine(endpoint):
    one = aisle.aistore.client_of(Client(endpoint))
    assert one is aisle.aistore.client_of(Client(endpoint)._request_client)
    with_token = Client(endpoint, token="t")
    other = aisle.aistore.client_of(with_token)
    assert other is not one
    with_token._request_client.token = "t2"
    assert aisle.aistore.client_of(with_token) is not other
