"""What a sample is: a writable buffer that outlives everything, and never passes for another."""

from __future__ import annotations

import copy
import gc
import hashlib
import io
import pickle
import struct
import sys

import pytest

import aisle

BUCKET = "ais://data"


@pytest.fixture
def sample(client):
    return client.get("size-10240", bucket=BUCKET)


@pytest.fixture
def wanted(served):
    return served.objects["size-10240"]


@pytest.fixture
def missing(client):
    return next(client.stream(["no/such"], bucket=BUCKET))


def test_as_a_buffer(sample, wanted):
    view = memoryview(sample)
    assert (view.nbytes, view.readonly, view.format, view.ndim) == (10_240, False, "B", 1)
    assert bytes(sample) == bytearray(sample) == b"".join([sample]) == view == wanted
    assert hashlib.sha256(sample).digest() == hashlib.sha256(wanted).digest()
    assert struct.unpack_from("<I", sample, 4) == struct.unpack_from("<I", wanted, 4)
    assert len(sample) == sample.size == 10_240
    file = io.BytesIO()
    file.write(sample)
    assert file.getvalue() == wanted


def test_equality(sample, wanted, missing, client):
    assert sample == wanted and sample == bytearray(wanted) and wanted == sample
    assert sample != wanted[:-1] and sample != b"" and sample != "text"
    assert sample == client.get("size-10240", bucket=BUCKET)
    assert missing != b"" and missing == missing and missing != sample
    with pytest.raises(TypeError):
        hash(sample)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12")
def test_an_object_that_moves_the_sample_while_it_is_compared(sample, wanted, client):
    class Moving:
        def __buffer__(self, flags):
            sample.detach()
            for _ in client.stream(["size-3000000"] * 50, bucket=BUCKET):  # into the memory that it had
                pass
            return memoryview(wanted)

    assert sample == Moving()


def test_parts(sample, wanted):
    assert sample[0] == wanted[0] and sample[-1] == wanted[-1]
    assert sample[3:9] == wanted[3:9] and isinstance(sample[3:9], memoryview)
    with pytest.raises(IndexError):
        sample[10_240]


def test_writing_stays_in_one_sample(client, wanted):
    first, second = client.stream(["size-10240"] * 2, bucket=BUCKET)
    memoryview(first)[:4] = b"\0\1\2\3"
    assert bytes(first[:5]) == b"\0\1\2\3" + wanted[4:5]
    assert second == wanted


def test_as_a_file(sample, wanted):
    with sample.open() as file:
        assert file.read(10) == wanted[:10]
        assert file.seek(-7, io.SEEK_END) == 10_233 and file.read() == wanted[-7:]
        assert file.seek(5) == 5 and file.tell() == 5 and file.read(1) == wanted[5:6]
        with pytest.raises(ValueError):
            file.seek(-1)
    sample.detach()


def test_as_an_array(sample, wanted, client, missing):
    numpy = pytest.importorskip("numpy")
    array = sample.numpy()
    assert array.dtype == numpy.uint8 and array.flags.writeable and array.tobytes() == wanted
    assert sample.numpy("<u4").shape == (2560,)
    assert numpy.from_dlpack(sample).tobytes() == wanted
    assert numpy.asarray(memoryview(sample)).tobytes() == wanted
    assert client.get("size-0", bucket=BUCKET).numpy().shape == (0,)
    with pytest.raises(ValueError):
        client.get("size-511", bucket=BUCKET).numpy("u4")
    with pytest.raises(aisle.NotFound):
        missing.numpy()
    with pytest.raises(aisle.NotFound):
        numpy.from_dlpack(missing)


def test_as_a_tensor(sample, wanted, client):
    torch = pytest.importorskip("torch")
    assert sample.torch().numpy().tobytes() == wanted
    assert sample.torch(torch.int32).shape == (2560,)
    assert client.get("size-0", bucket=BUCKET).torch().shape == (0,)
    assert torch.from_dlpack(sample).numpy().tobytes() == wanted


def test_memory_lives_as_long_as_a_view(endpoint, served):
    client = aisle.Client(endpoint)
    views = [memoryview(s) for s in client.stream(served.many, bucket=BUCKET)]
    client.close()
    del client
    gc.collect()
    assert [bytes(v) for v in views] == [served.objects[n] for n in served.many]


def test_memory_lives_as_long_as_an_array(endpoint, wanted):
    numpy = pytest.importorskip("numpy")
    with aisle.Client(endpoint) as client:
        array = numpy.from_dlpack(client.get("size-10240", bucket=BUCKET))
    gc.collect()
    assert array.tobytes() == wanted


def test_detach(sample, wanted):
    view = memoryview(sample)
    with pytest.raises(BufferError):
        sample.detach()
    view.release()
    assert sample.detach() is sample
    assert sample == wanted and sample.detach() == wanted
    assert sample.entry.object == "size-10240"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_as_a_copy(client, wanted, protocol):
    entry = aisle.Entry("size-10240", bucket=BUCKET, opaque=b"mine", tag=3)
    made = next(client.stream([["size-1", entry]], bucket=BUCKET, on_missing="yield").batches())[1]
    back = pickle.loads(pickle.dumps(made, protocol))
    assert isinstance(back, aisle.Sample) and back == wanted and back
    assert (back.entry, back.index, back.batch, back.tag, back.opaque) == (entry, 1, 0, 3, b"mine")
    assert (back.target, back.request_id, back.status) == (made.target, made.request_id, "delivered")
    memoryview(back)[0] = memoryview(back)[0] ^ 1
    assert made == wanted and back != wanted
    assert pickle.loads(pickle.dumps(back, protocol)) == back


def test_pickles_out_of_band(sample, wanted):
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(sample, 5, buffer_callback=buffers.append)
    assert len(data) < 2000 and len(buffers) == 1
    assert pickle.loads(data, buffers=buffers) == wanted


def test_a_missing_sample_pickles_with_its_error(missing):
    back = pickle.loads(pickle.dumps(missing))
    assert not back and back.status == "missing" and str(back.error) == str(missing.error)
    with pytest.raises(aisle.NotFound):
        bytes(back)


def test_copies(sample, wanted, missing):
    for made in (copy.copy(sample), copy.deepcopy(sample)):
        memoryview(made)[0] = memoryview(made)[0] ^ 1
        assert sample == wanted and made != wanted
    assert copy.copy(missing).status == "missing"


def test_what_it_says_of_itself(sample, missing):
    assert repr(sample) == "<aisle.Sample 'size-10240' delivered, 10,240 bytes>"
    assert repr(missing) == "<aisle.Sample 'no/such' missing>"
    assert sample.error is None and sample.status == "delivered"
    with pytest.raises(TypeError):
        aisle.Sample()
    with pytest.raises(AttributeError):
        sample.anything = 1


def test_large_samples_come_whole(client, served):
    assert bytes(client.get("size-3000000", bucket=BUCKET)) == served.objects["size-3000000"]


def test_opaque_comes_back(client):
    entries = [aisle.Entry("size-1", bucket=BUCKET, opaque=o) for o in (b"\0\xff", "text", None, b"")]
    for streaming in (True, False):
        got = [s.opaque for s in client.stream(entries, streaming_get=streaming)]
        assert got == [b"\0\xff", b"text", b"", b""]
