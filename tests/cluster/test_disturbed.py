"""Nothing is lost, repeated or wrong while nodes of a real AIStore are killed, paused and cut off. Skipped unless
AIS_CONTROL names a command that does these things (see disturbances.py)."""

import pytest
from disturb import all_right, calm, disturbed, parse
from disturbances import CONTROL, DISTURBANCES, Cluster
from fetchers import Known

pytestmark = pytest.mark.skipif(not CONTROL, reason="AIS_CONTROL is not set: nothing disturbs the cluster")


@pytest.fixture(scope="module")
def cluster():
    return Cluster()


@pytest.fixture(scope="module")
def known(cluster):
    it = Known(objects=1000, shards=10)
    yield it
    calm(cluster, it)
    it.bucket.destroy()


@pytest.mark.parametrize("disturbance", [d for d in DISTURBANCES if d != "all"])
def test_every_sample_comes_once_in_order_and_right(cluster, known, tmp_path, disturbance):
    options = parse(["--samples", "20000", "--seconds", "30", "--limit", "600"])
    result = disturbed(cluster, known, "aisle", disturbance, options, tmp_path)
    assert all_right(result), result
