"""`aisle check`."""

import base64
import contextlib
import json
import re
import resource
import subprocess
import time

import pytest
from conftest import AISLE, environment, run
from listener import Listener
from test_errors import Proxy
from test_serve import issue

FORMATS = [".tar", ".tgz", ".zip", ".tar.lz4"]
BATCHES = [f"batch {f} {mode}" for f in FORMATS for mode in ("stream", "multipart")]


def checked(*arguments, endpoint, code=0, **options):
    """The results by the name of the check; each as (status, text, remedy)."""
    done = run("check", "--json", *arguments, endpoint=endpoint, **options)
    assert done.returncode == code, (done.stdout, done.stderr)
    report = json.loads(done.stdout)
    assert report["ok"] == (code == 0)
    return {r["check"]: (r["status"], r["text"], r["remedy"]) for r in report["checks"]}


def test_everything_is_ok(served, server, endpoint):
    found = checked("--bucket", "ais://files", endpoint=endpoint)
    assert {name: status for name, (status, _, _) in found.items() if status not in ("ok", "skipped")} == {}, found
    assert found["endpoint"][1].startswith(f"{endpoint} responds in ")
    assert found["TLS"] == ("skipped", "the endpoint uses http", "")
    assert "none is given" in found["token"][1]
    assert "1 proxy, 3 targets" in found["cluster map"][1]
    assert found["version"][1] == "AIStore playground"
    assert len([name for name in found if name.startswith("target ")]) == 3
    assert [name for name in found if name.startswith("batch")] == BATCHES
    for name in BATCHES:
        assert found[name][1].startswith("8 samples, "), found[name]


def test_lines_have_status_check_text_and_remedy(endpoint):
    done = run("check", "--bucket", "ais://nowhere", endpoint=endpoint)
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    assert any(line.startswith("ok       endpoint") for line in lines)
    [failed] = [line for line in lines if line.startswith("failed")]
    assert failed.startswith("failed   bucket ") and "no such bucket" in failed and "check the name" in failed
    assert not any("batch" in line for line in lines)


def test_probe_objects_are_stored_fetched_and_removed(serve):
    at = serve("--bucket", "ais://scratch").endpoint
    empty = checked("--bucket", "ais://scratch", endpoint=at)
    assert empty["bucket"][0] == "warning" and "--put" in empty["bucket"][2]
    found = checked("--bucket", "ais://scratch", "--put", endpoint=at)
    assert found["put"][0] == found["remove"][0] == "ok"
    for name in BATCHES:
        assert found[name][0] == "ok" and found[name][1].startswith("5 samples, 1.07 MB"), found[name]
    assert run("ls", "ais://scratch", endpoint=at).stdout == b""
    assert run("check", "--put", endpoint=at).returncode == 2


def test_probe_objects_are_removed_through_an_endpoint_that_responds(serve):
    at = serve("--bucket", "ais://scratch").endpoint
    found = checked("--bucket", "ais://scratch", "--put", endpoint=f"http://127.0.0.1:1, {at}", code=1)
    assert found["put"][0] == found["remove"][0] == "ok"
    assert run("ls", "ais://scratch", endpoint=at).stdout == b""


def test_what_the_server_damages_is_found(serve, served):
    cut = checked("--bucket", "ais://files", endpoint=serve(served.root, "--fault", "no-end").endpoint)
    assert cut["batch .tar stream"][0] == "warning" and "damaged after its last sample" in cut["batch .tar stream"][1]
    assert "store it again" in cut["batch .tar stream"][2]
    flipped = checked("--bucket", "ais://files", endpoint=serve(served.root, "--fault", "flip@3").endpoint)
    assert re.search("retr(y|ies): wrong checksum", flipped["batch .tar stream"][1]), flipped["batch .tar stream"]


def test_a_format_that_the_server_does_not_have_is_a_warning(serve, served):
    # The playground has all of them; a response with another Content-Type than its format is refused, retried as .tar.
    found = checked("--bucket", "ais://files", endpoint=serve(served.root, "--fault", "short@2").endpoint)
    assert found["batch .zip stream"][0] == "warning"
    assert re.search("retr(y|ies): ", found["batch .zip stream"][1])


@pytest.mark.parametrize("endpoint, words, remedy", [
    ("http://127.0.0.1:1", "Connection refused", "check host and port"),
    ("http://no-such-host.invalid", "no-such-host.invalid", "check the host name"),
    ("127.0.0.1:51080", "127.0.0.1:51080", "http://HOST:PORT"),
])
def test_an_endpoint_that_cannot_be_reached(endpoint, words, remedy):
    found = checked(endpoint=endpoint, code=1)
    assert found["endpoint"][0] == "failed" and words in found["endpoint"][1] and remedy in found["endpoint"][2]
    assert set(found) == {"descriptors", "endpoint"}


def test_a_silent_endpoint_does_not_hide_a_good_one(endpoint, silent_port):
    done = run("check", "--timeout", "5s", "--endpoint", f"http://127.0.0.1:{silent_port},{endpoint}")
    assert done.returncode == 1
    found = done.stdout.decode()
    assert "the node accepts connections but does not respond" in found
    assert f"ok       endpoint                 {endpoint} responds" in found
    assert "ok       cluster map" in found


def test_a_target_is_not_an_endpoint(server, endpoint):
    smap = subprocess.run(["curl", "-s", f"{endpoint}/v1/daemon?what=smap"], capture_output=True).stdout
    target = next(iter(json.loads(smap)["tmap"].values()))["public_net"]["direct_url"]
    found = checked(endpoint=target, code=1)
    assert found["cluster map"] == ("failed", "the endpoint is a target, not a proxy", f"give a proxy: {endpoint}")


def test_a_dead_target_is_found(serve, served):
    found = checked(endpoint=serve(served.root, "--fault", "dead-target@1").endpoint, code=1)
    bad = {name: r for name, r in found.items() if r[0] == "failed"}
    [(name, (_, text, remedy))] = bad.items()
    assert name.startswith("target ") and "127.0.0.3" in text
    assert "clients need direct access to all targets" in remedy


def test_a_starting_cluster_is_not_ready(serve):
    found = checked(endpoint=serve("--synthetic", "3x1K", "--startup", "60").endpoint, code=1)
    assert found["cluster map"][0] == "failed" and "try again later" in found["cluster map"][2]


def jwt(claims):
    part = lambda d: base64.urlsafe_b64encode(json.dumps(d).encode()).decode().rstrip("=")  # noqa: E731
    return f"{part({'alg': 'none'})}.{part(claims)}.x"


def test_tokens(serve, tmp_path):
    token = jwt({"exp": int(time.time()) + 1800})
    (tmp_path / "token").write_text(token)
    at = serve("--synthetic", "3x1K", "--token", tmp_path / "token").endpoint
    missing = checked(endpoint=at, code=1)["token"]
    assert missing[0] == "failed" and "requires a token" in missing[1] and "AIS_AUTHN_TOKEN" in missing[2]
    wrong = checked(endpoint=at, code=1, variables={"AIS_AUTHN_TOKEN": "other"})["token"]
    assert wrong[0] == "failed" and "refuses the token" in wrong[1] and "invalid token" in wrong[1]
    good = checked("--token-file", tmp_path / "token", endpoint=at)["token"]
    assert good[0] == "warning" and "expires in 29 min" in good[1]
    late = jwt({"exp": int(time.time()) + 86_400})
    (tmp_path / "late").write_text(late)
    plain = checked("--token-file", tmp_path / "late", endpoint=serve("--synthetic", "3x1K").endpoint)["token"]
    assert plain[0] == "warning" and "unencrypted" in plain[1] and plain[2] == "use https"
    for out in (run("check", "--token-file", tmp_path / "token", endpoint=at),):
        assert token.encode() not in out.stdout and token not in out.stderr


def test_tls(serve, tmp_path):
    certificate, key = issue(tmp_path, "server")
    at = serve("--synthetic", "3x1K", "--targets", "2", "--tls-certificate", certificate, "--tls-key", key).endpoint
    refused = checked(endpoint=at, code=1)["TLS"]
    assert refused[0] == "failed" and "--ca" in refused[2]
    assert checked("--ca", certificate, endpoint=at)["TLS"][:2] == ("ok", "the server's certificate is valid")
    insecure = checked("--insecure", endpoint=at)["TLS"]
    assert insecure[0] == "warning" and "not verified" in insecure[1]
    plain = checked(endpoint=at.replace("https", "http"), code=1)["endpoint"]
    assert plain[0] == "failed" and "https" in plain[2]


def test_https_to_a_port_without_tls():
    plain = Proxy(b"HTTP/1.0 400 Bad Request\r\n\r\n")
    found = checked(endpoint=plain.endpoint.replace("http:", "https:"), code=1)["TLS"]
    assert found[0] == "failed" and "check that the port uses https" in found[2]


class Node(Listener):
    """An HTTP server whose responses a test gives by path: (body, Date, bytes sent before it stalls)."""

    def __init__(self, responses):
        self.responses = responses
        super().__init__()

    def serve(self, connection):
        with contextlib.suppress(OSError, IndexError):
            while head := connection.recv(65536):
                path = head.split()[1].decode()
                body, date, limit = self.responses(path)
                text = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nDate: %s\r\n\r\n%s" % (len(body), date.encode(), body)
                connection.sendall(text[:limit])
                if limit is not None and limit < len(text):
                    time.sleep(60)


def cluster_of_one(offset=0, limit=None, size=4000):
    """A proxy and a target at one address each, whose clocks differ from ours by `offset` seconds; large responses of
    the target stall after `limit` bytes."""
    def node(url, letter):
        return {"public_net": {"direct_url": url}, "daemon_id": letter, "flags": 0}

    nodes = {}

    def responses(letter):
        def respond(path):
            date = http_date(offset)
            if "what=smap" not in path and "what=config" not in path:
                return b"", date, None
            smap = {"pmap": {"p": node(nodes["p"].endpoint, "p")}, "tmap": {"t": node(nodes["t"].endpoint, "t")},
                    "proxy_si": node(nodes["p"].endpoint, "p"), "version": "7", "uuid": "u", "padding": "x" * size}
            return json.dumps(smap).encode(), date, limit if letter == "t" else None

        return respond

    for letter in "pt":
        nodes[letter] = Node(responses(letter))
    return nodes["p"].endpoint


def http_date(offset):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + offset))


def test_a_large_response_that_does_not_arrive():
    found = checked("--timeout", "5s", endpoint=cluster_of_one(limit=1448), code=1)
    status, text, remedy = found["target t"]
    assert status == "failed" and text.startswith("small responses arrive, a large one does not: ")
    assert "MTU" in remedy
    assert found["proxy p"][0] == "ok" and " bytes" in found["proxy p"][1]
    assert found["version"][0] == "skipped"


@pytest.mark.parametrize("offset, words", [(0, "the same as"), (-400, "6 min 40 s ahead of the proxy's"),
                                           (+400, "6 min 40 s behind the proxy's")])
def test_the_clocks_are_compared(offset, words):
    status, text, remedy = checked(endpoint=cluster_of_one(offset))["clock"]
    assert status == ("ok" if offset == 0 else "warning") and words.replace(" 40 s", "") .split(" min")[0] in text
    assert bool(remedy) == (offset != 0)


def test_a_low_descriptor_limit_is_a_warning(endpoint):
    few = subprocess.run([AISLE, "check", "--json"], env=environment(endpoint), capture_output=True,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
    assert few.returncode == 0
    [found] = [r for r in json.loads(few.stdout)["checks"] if r["check"] == "descriptors"]
    assert found["status"] == "warning" and "only 256 files" in found["text"] and "ulimit" in found["remedy"]
