"""`aisle serve`."""

import json
import subprocess

import pytest
from conftest import content, run, sha256


def fetched(url):
    return subprocess.run(["curl", "-sSfL", "--noproxy", "*", url], check=True, capture_output=True).stdout


def test_the_banner_names_the_endpoint_the_buckets_and_commands_that_work(served, server, endpoint):
    assert "ais://files" in server.banner and "ais://shards" in server.banner
    assert f"export AIS_ENDPOINT={endpoint}" in server.banner
    assert fetched(f"{endpoint}/v1/health") == b""


def test_the_banners_commands_work(serve):
    server = serve("--synthetic", "10x1K")
    commands = [line.split()[1:] for line in server.banner.splitlines() if line.startswith("  aisle ")]
    assert [c[0] for c in commands] == ["bench", "get"]
    for command in commands:
        if command[0] == "bench":
            command[command.index("--seconds") + 1] = "0.1"
        assert run(*command, endpoint=server.endpoint).returncode == 0


def test_plain_gets_and_batches_give_the_same_bytes(served, endpoint):
    for name in ("size-0", "size-513", "size-1048576"):
        assert fetched(f"{endpoint}/v1/objects/files/{name}?provider=ais") == served.files[name]


def test_made_up_objects_have_their_size_and_stay_the_same(serve):
    server = serve("--synthetic", "3x5000", "--targets", "5", "--threads", "2")
    arguments = ("get", "--bucket", "ais://synthetic", *(f"sample-{i:08}" for i in range(3)), "--report", "-",
                 "--sha256")
    one = run(*arguments, endpoint=server.endpoint)
    assert one.returncode == 0, one.stderr
    report = [json.loads(line) for line in one.stdout.splitlines()]
    assert [line["size"] for line in report] == [5000] * 3
    assert len({line["sha256"] for line in report}) == 3
    again = [json.loads(line) for line in run(*arguments, endpoint=server.endpoint).stdout.splitlines()]
    assert [line["sha256"] for line in again] == [line["sha256"] for line in report]


def test_a_server_without_a_folder_keeps_what_is_put(serve):
    endpoint = serve().endpoint
    data = content("put", 12_345)
    curl = ["curl", "-sSf", "--noproxy", "*", "-L"]
    subprocess.run([*curl, "-X", "POST", "-H", "Content-Type: application/json", "-d", '{"action":"create-bck"}',
                    f"{endpoint}/v1/buckets/mine?provider=ais"], check=True)
    subprocess.run([*curl, "-X", "PUT", "--data-binary", "@-", f"{endpoint}/v1/objects/mine/o?provider=ais"],
                   input=data, check=True)
    done = run("get", "ais://mine/o", "--report", "-", "--sha256", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sha256"] == sha256(data)


@pytest.mark.parametrize("arguments", [["/no/such/folder"], ["--synthetic", "many"], ["--synthetic", "0x1"],
                                       ["--targets", "0"], ["--targets", "65"], ["--port", "70000"],
                                       ["--fault", "earthquake"], ["--tail", "-5"]])
def test_wrong_usage_exits_with_2(arguments):
    done = run("serve", *arguments, timeout=20)
    assert done.returncode == 2, done.stderr
    assert done.stderr


def test_a_port_that_is_taken_is_a_failure(endpoint):
    port = endpoint.rsplit(":", 1)[1]
    done = run("serve", "--synthetic", "1x1", "--port", port, timeout=20)
    assert done.returncode == 1
    assert port in done.stderr or "use" in done.stderr
