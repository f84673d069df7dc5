"""`aisle serve`."""

import json
import subprocess

import pytest
from conftest import content, run, sha256


def fetched(url):
    return subprocess.run(["curl", "-sSfL", "--noproxy", "*", url], check=True, capture_output=True).stdout


def test_the_banner_has_the_endpoint_the_buckets_and_commands(served, server, endpoint):
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


def test_synthetic_objects_have_their_size_and_do_not_change(serve):
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


def test_a_server_without_a_folder_stores_objects_in_memory(serve):
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
                                       ["--fault", "earthquake"], ["--tail", "-5"], ["--cold", "zz:b"],
                                       ["--max-wait", "0"], ["--startup", "-1"]])
def test_wrong_usage_exits_with_2(arguments):
    done = run("serve", *arguments, timeout=60)
    assert done.returncode == 2, done.stderr
    assert done.stderr


def test_a_port_that_is_taken_is_a_failure(endpoint):
    port = endpoint.rsplit(":", 1)[1]
    done = run("serve", "--synthetic", "1x1", "--port", port, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == (f"aisle: cannot listen on 127.0.0.1:{port}: Address already in use; choose another port with "
                           "--port, or 0 for any free port\n")


def issue(folder, name, *extra):
    """A self-signed certificate for this machine, and its key."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                    "-out", certificate, *extra], check=True, capture_output=True)
    return certificate, key


def curl(*arguments):
    return subprocess.run(["curl", "-sS", "--noproxy", "*", *map(str, arguments)], capture_output=True)


def test_with_a_certificate_requests_and_redirects_are_https(serve, tmp_path):
    certificate, key = issue(tmp_path, "server")
    server = serve("--synthetic", "3x5000", "--tls-certificate", certificate, "--tls-key", key)
    assert server.endpoint.startswith("https://")
    assert "AIS_CLIENT_CA" in server.banner
    trusted = ("--cacert", certificate)
    smap = json.loads(curl(*trusted, f"{server.endpoint}/v1/daemon?what=smap").stdout)
    assert all(n["public_net"]["direct_url"].startswith("https://") for n in smap["tmap"].values())
    got = curl(*trusted, "-L", f"{server.endpoint}/v1/objects/synthetic/sample-00000001?provider=ais")
    assert len(got.stdout) == 5000
    assert curl(f"{server.endpoint}/v1/health").returncode == 60  # not trusted
    plain = server.endpoint.replace("https", "http")
    assert curl(f"{plain}/v1/health").returncode != 0


def test_client_certificates_can_be_required(serve, tmp_path):
    certificate, key = issue(tmp_path, "server")
    own, own_key = issue(tmp_path, "client")
    server = serve("--synthetic", "3x5000", "--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", own)
    url = f"{server.endpoint}/v1/health"
    assert curl("--cacert", certificate, url).returncode != 0
    assert curl("-f", "--cacert", certificate, "--cert", own, "--key", own_key, url).returncode == 0


def test_a_required_token_is_never_shown(serve, tmp_path):
    (tmp_path / "token").write_text('{"token": "s3cret-token"}\n')
    server = serve("--synthetic", "3x5000", "--token", tmp_path / "token")
    assert "s3cret" not in server.banner
    url = f"{server.endpoint}/v1/buckets/synthetic?provider=ais"
    refused = curl("-i", "--head", url)
    assert b" 401 " in refused.stdout and b"s3cret" not in refused.stdout
    assert b" 200 " in curl("-i", "--head", "-H", "Authorization: Bearer s3cret-token", url).stdout


def test_unusable_files_are_errors_before_serving_starts(tmp_path):
    certificate, key = issue(tmp_path, "server")
    other, other_key = issue(tmp_path, "other")
    (tmp_path / "bad").write_text("s3cret with blanks\n")
    for arguments in (("--tls-certificate", certificate), ("--tls-key", key), ("--tls-client-ca", certificate),
                      ("--tls-certificate", certificate, "--tls-key", tmp_path / "bad"),
                      ("--tls-certificate", certificate, "--tls-key", other_key), ("--token", tmp_path / "bad")):
        done = run("serve", "--port", "0", *arguments)
        assert done.returncode == 2, done.stderr
        assert "s3cret" not in done.stderr


def test_targets_and_proxies_can_have_their_own_addresses(serve):
    server = serve("--synthetic", "20x1K", "--target-hosts", "127.0.0.2,127.0.0.3", "--proxy-hosts",
                   "127.0.0.1,127.0.0.4")
    smap = json.loads(fetched(f"{server.endpoint}/v1/daemon?what=smap"))
    hosts = {role: sorted(n["public_net"]["node_ip_addr"] for n in smap[role].values()) for role in ("tmap", "pmap")}
    assert hosts == {"tmap": ["127.0.0.2", "127.0.0.3"], "pmap": ["127.0.0.1", "127.0.0.4"]}
    for proxy in smap["pmap"].values():
        done = run("get", "--bucket", "ais://synthetic", *(f"sample-{i:08}" for i in range(20)), "--discard",
                   endpoint=proxy["public_net"]["direct_url"])
        assert done.returncode == 0, done.stderr


def test_objects_of_a_cold_bucket_are_cached_by_a_plain_get(serve, tmp_path):
    (tmp_path / "s3:b").mkdir()
    (tmp_path / "s3:b/x").write_bytes(b"cold")
    endpoint = serve(tmp_path, "--cold", "s3:b", "--cold-latency", "10").endpoint
    request = ["-L", "--request", "GET", "--data",
               '{"in":[{"objname":"x","bucket":"b","provider":"s3"}],"strm":true,"coer":true}', f"{endpoint}/v1/ml/moss"]
    assert b"__404__/b/x" in curl(*request).stdout
    assert curl("-L", f"{endpoint}/v1/objects/b/x?provider=s3").stdout == b"cold"
    assert curl(*request).stdout.startswith(b"b/x")


def test_a_served_folder_is_read_only_by_default(serve, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/old").write_bytes(b"old")
    json_of = ("-H", "Content-Type: application/json")
    for arguments, may in (((), False), (("--writable",), True)):
        endpoint = serve(tmp_path, *arguments).endpoint
        for how in (("-X", "PUT", "--data-binary", "data", f"{endpoint}/v1/objects/b/x?provider=ais"),
                    ("-X", "DELETE", f"{endpoint}/v1/objects/b/old?provider=ais"),
                    ("-X", "DELETE", *json_of, "-d", '{"action":"destroy-bck"}', f"{endpoint}/v1/buckets/b?provider=ais"),
                    ("-X", "POST", *json_of, "-d", '{"action":"create-bck"}', f"{endpoint}/v1/buckets/n?provider=ais")):
            status = curl("-L", "-o", "/dev/null", "-w", "%{http_code}", *how).stdout
            assert (status[:1] == b"2") == may, (how, status)
            if not may:
                assert sorted(p.name for p in tmp_path.rglob("*")) == ["b", "old"]
    assert [p.name for p in tmp_path.iterdir()] == ["n"]


def test_a_starting_cluster_is_healthy_but_refuses_requests(serve):
    endpoint = serve("--synthetic", "1x1", "--startup", "600").endpoint
    assert curl("-f", f"{endpoint}/v1/health").returncode == 0
    assert b"cluster is starting up" in curl(f"{endpoint}/v1/objects/synthetic/sample-00000000").stdout


def test_delays_and_faults_of_nodes(serve):
    endpoint = serve("--synthetic", "9x1K", "--like-aistore", "--max-wait", "10", "--fault", "sick-target@0").endpoint
    done = run("get", "--bucket", "ais://synthetic", *(f"sample-{i:08}" for i in range(9)), "--discard",
               endpoint=endpoint)
    assert done.returncode == 0, done.stderr
