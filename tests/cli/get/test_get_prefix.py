"""`aisle get --prefix`: the entries come from a listing of the bucket."""

import pytest
from conftest import report_of, run, sha256
from test_ends import Listing
from test_get import tree


def names_of(done):
    return [line["object"] for line in report_of(done.stdout)]


def test_all_objects_with_a_prefix_are_fetched_in_order(served, endpoint):
    done = run("get", "--bucket", "ais://files", "--prefix", "many/00", "--report", "-", "--sha256", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    names = sorted(n for n in served.files if n.startswith("many/00"))
    assert len(names) == 100
    assert [(line["index"], line["object"], line["sha256"]) for line in report_of(done.stdout)] == [
        (i, name, sha256(served.files[name])) for i, name in enumerate(names)]


def test_an_empty_prefix_is_the_whole_bucket(served, endpoint, tmp_path):
    done = run("get", "--bucket", "ais://files", "--prefix", "", "--out", tmp_path, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path) == {f"files/{name}": data for name, data in served.files.items()}


def test_a_sample_is_selected_at_random_and_the_same_for_the_same_seed(endpoint):
    def sample(*arguments):
        done = run("get", "--bucket", "ais://files", "--prefix", "many/", "--sample", 50, *arguments, "--report", "-",
                   endpoint=endpoint)
        assert done.returncode == 0, done.stderr
        return names_of(done)

    first = sample()
    assert len(set(first)) == 50 and first == sorted(first)
    assert first == sample("--seed", 1)
    other = sample("--seed", 2)
    assert other != first and len(other) == 50
    # Spread over the bucket: in 1,000 objects a tenth has 5 of 50 on average.
    tenths = [sum(name.startswith(f"many/0{i}") for name in first) for i in range(10)]
    assert max(tenths) < 20 and sum(t > 0 for t in tenths) >= 7


def test_a_sample_larger_than_the_bucket_is_all_of_it(endpoint):
    done = run("get", "--bucket", "ais://shards", "--prefix", "", "--sample", 10, "--report", "-", endpoint=endpoint)
    assert names_of(done) == ["shard.tar"]


def test_a_prefix_without_objects(serve, endpoint):
    done = run("get", "--bucket", "ais://files", "--prefix", "none", "--report", "-", endpoint=endpoint)
    assert (done.returncode, done.stdout) == (3, b"")
    assert "aisle: no object in ais://files starts with 'none'" in done.stderr
    empty = run("get", "--bucket", "ais://e", "--prefix", "", "--report", "-",
                endpoint=serve("--bucket", "ais://e").endpoint)
    assert empty.returncode == 0 and "the bucket ais://e is empty" in empty.stderr


def test_a_bucket_that_cannot_be_listed(endpoint):
    done = run("get", "--bucket", "ais://nowhere", "--prefix", "x", "--report", "-", endpoint=endpoint)
    assert done.returncode == 1
    assert "no such bucket" in done.stderr and "list ais://nowhere" in done.stderr


def test_the_deadline_ends_a_listing():
    silent = Listing(lambda page: None)
    done = run("get", "--bucket", "ais://b", "--prefix", "", "--discard", "--deadline", "700ms",
               endpoint=silent.endpoint)
    assert done.returncode == 1 and "not finished within" in done.stderr


@pytest.mark.parametrize("arguments, words", [
    (["--prefix", "x", "--discard"], "--bucket"),
    (["--bucket", "ais://files", "--sample", "3", "--discard"], "--prefix"),
    (["--bucket", "ais://files", "--prefix", "x", "--seed", "3", "--discard"], "--sample"),
    (["--bucket", "ais://files", "--prefix", "x", "--sample", "0", "--discard"], "--sample"),
    (["--bucket", "ais://files", "--prefix", "x", "y", "--discard"], "only one of these"),
    (["--bucket", "ais://files", "--prefix", "x", "--input", "-", "--discard"], "only one of these"),
    (["--bucket", "ais://files", "--prefix", "x"], "no output"),
])
def test_usage_errors(endpoint, arguments, words):
    done = run("get", *arguments, endpoint=endpoint)
    assert done.returncode == 2 and words in done.stderr, done.stderr
