"""`aisle put`."""

import signal
import socket
import subprocess

import pytest
from conftest import AISLE, content, environment, run


@pytest.fixture
def at(serve, tmp_path):
    root = tmp_path / "root"
    (root / "b").mkdir(parents=True)
    server = serve(root, "--writable")
    server.root = root
    return server


@pytest.fixture
def files(tmp_path):
    made = {"one": b"", "two words": b"2", "grüß.bin": content(3, 100_000), "large": content(4, 5_000_000)}
    folder = tmp_path / "files"
    folder.mkdir()
    for name, data in made.items():
        (folder / name).write_bytes(data)
    return folder, made


def test_objects_have_the_names_of_the_files(at, files):
    folder, made = files
    done = run("put", *(folder / name for name in made), "ais://b/in/here/", "--proxy-timeout", "60s",
               endpoint=at.endpoint)
    assert done.returncode == 0, done.stderr
    assert "4 stored, 0 failed: 5.10 MB in " in done.stderr
    for name, data in made.items():
        assert (at.root / "b/in/here" / name).read_bytes() == data
    quiet = run("put", folder / "one", folder / "large", "ais://b/x", "--quiet", "--proxy-timeout", "60s",
                endpoint=at.endpoint)
    assert quiet.stderr == ""
    assert (at.root / "b/x/large").read_bytes() == made["large"]


def test_a_single_file_gets_the_given_name(at, files):
    folder, made = files
    assert run("put", folder / "large", "ais://b/other", endpoint=at.endpoint).returncode == 0
    assert (at.root / "b/other").read_bytes() == made["large"]
    assert run("put", folder / "one", "ais://b/other", endpoint=at.endpoint).returncode == 0
    assert (at.root / "b/other").read_bytes() == b""
    assert run("put", folder / "one", "ais://b", endpoint=at.endpoint).returncode == 0
    assert (at.root / "b/one").read_bytes() == b""


def test_a_file_that_cannot_be_stored_is_reported_and_the_rest_is_stored(at, files):
    folder, made = files
    done = run("put", folder / "none", folder, folder / "large", "ais://b/", endpoint=at.endpoint)
    assert done.returncode == 1
    assert f"aisle: {folder}/none was not stored: " in done.stderr and "No such file" in done.stderr
    assert f"aisle: {folder} was not stored: " in done.stderr and "not a regular file" in done.stderr
    assert "1 stored, 2 failed" in done.stderr
    assert (at.root / "b/large").read_bytes() == made["large"]
    done = run("put", folder / "one", "ais://nobody", endpoint=at.endpoint)
    assert done.returncode == 1 and "no such bucket" in done.stderr


@pytest.mark.parametrize("arguments, words", [
    ([], "required"), (["file"], "no destination: give files"), (["file", "b"], "is not a bucket"),
    (["a/x", "b/x", "ais://b"], "two files map to the same object 'x'"), (["..", "ais://b"], "is not a file name")])
def test_an_invalid_command_line_is_a_usage_error(at, arguments, words):
    done = run("put", *arguments, endpoint=at.endpoint)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_signal_ends_it(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(60)
        put = subprocess.Popen([AISLE, "put", tmp_path / "file", "ais://b", "--proxy-timeout", "60s"],
                               env=environment(f"http://127.0.0.1:{proxy.getsockname()[1]}"), stderr=subprocess.PIPE,
                               text=True)
        with proxy.accept()[0] as connection:
            connection.settimeout(60)
            assert connection.recv(100)  # the request, which is not answered
            put.send_signal(signal.SIGINT)
            assert put.communicate(timeout=60)[1].count("interrupted") == 1
    assert put.returncode == 130
