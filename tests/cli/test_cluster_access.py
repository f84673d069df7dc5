"""Where the command sends tokens and data: tokens to the proxy, data to the target."""

import http.server
import json
import threading

import pytest
from conftest import run
from test_serve import issue

TOKEN = "abc.DEF-123_~+/=="


class Node(http.server.ThreadingHTTPServer):
    """A node of a cluster that only records requests and their tokens."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer):
        self.asked = []
        self.answer = answer
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("Authorization")
        self.server.asked.append((self.command, self.path, token, len(body)))
        status, fields, text = self.server.answer(self.command, self.path, token)
        data = text.encode()
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def log_message(self, *_):
        pass


@pytest.fixture
def cluster():
    """A proxy that requires the token, and its target."""
    target = Node(lambda method, path, token: (200, {}, ""))

    def proxy_answer(method, path, token):
        if token != "Bearer " + TOKEN:
            return 401, {}, json.dumps({"message": "who are you?"})
        if method == "PUT":
            return 307, {"Location": target.url + "/v1/objects/elsewhere?pid=p&utm=1"}, ""
        if path.startswith("/v1/ml"):
            return 400, {}, json.dumps({"message": "no batches here"})
        if method == "GET":
            return 200, {}, json.dumps({"uuid": "u", "continuation_token": "", "entries": None})
        return 200, {}, ""

    proxy = Node(proxy_answer)
    yield proxy, target
    proxy.shutdown()
    target.shutdown()


@pytest.mark.parametrize("text", [TOKEN, TOKEN + "\n", json.dumps({"token": TOKEN})])
def test_a_listing_sends_the_token_of_a_file(cluster, tmp_path, text):
    (tmp_path / "token").write_text(text)
    done = run("bench", "--bucket", "ais://b", "--token-file", tmp_path / "token", endpoint=cluster[0].url)
    assert "is empty" in done.stderr
    assert {token for _, _, token, _ in cluster[0].asked} == {"Bearer " + TOKEN}


def test_without_a_token_the_refusal_is_reported(cluster):
    done = run("bench", "--bucket", "ais://b", endpoint=cluster[0].url)
    assert done.returncode == 1 and "401" in done.stderr and "who are you?" in done.stderr


def test_the_token_of_the_environment_is_sent_to_the_proxy_but_not_to_the_target(cluster):
    proxy, target = cluster
    done = run("stress", "--samples", 3, "--attempts", 1, "--proxy-timeout", "60s", "--report", "-",
               endpoint=proxy.url, variables={"AIS_AUTHN_TOKEN": TOKEN})
    assert done.returncode == 1 and json.loads(done.stdout)["delivered"] == 0
    assert TOKEN not in done.stderr and TOKEN not in done.stdout.decode()
    ours = [(method, path) for method, path, _, _ in proxy.asked if path.startswith("/v1/buckets")]
    assert ours[0][0] == "POST" and ours[-1][0] == "DELETE"
    assert all(path.startswith("/v1/buckets/aisle-stress-") for method, path in (ours[0], ours[-1]))
    puts = [(path, size) for method, path, _, size in proxy.asked if method == "PUT"]
    assert len(puts) > 100 and all(size == 0 for _, size in puts)
    arrived = [(method, path, token, size) for method, path, token, size in target.asked if method == "PUT"]
    assert all(token is None for _, _, token, _ in arrived)
    assert max(size for *_, size in arrived) == 8 << 20
    # The query comes from the redirect, the path from the first request.
    assert {path for path, _ in puts} == {path.replace("?pid=p&utm=1", "?provider=ais") for _, path, _, _ in arrived}


@pytest.mark.parametrize("text", ["", "  \n", "{}", '{"token": 5}', "two words", "line\nbreak", "x" * 70_000])
def test_a_file_without_a_token_is_refused_and_not_shown(cluster, tmp_path, text):
    (tmp_path / "token").write_text(text)
    done = run("bench", "--bucket", "ais://b", "--token-file", tmp_path / "token", endpoint=cluster[0].url)
    assert done.returncode == 2 and "token" in done.stderr
    assert not text.strip() or text.strip() not in done.stderr
    assert cluster[0].asked == []


@pytest.mark.parametrize("arguments", [["--token-file", "/no/such/file"], ["--ca", "/no/such/file"],
                                       ["--certificate", "/dev/null"], ["--key", "/dev/null"],
                                       ["--connect-timeout", "0"], ["--proxy-timeout", "0"],
                                       ["--proxy-timeout", "fast"], ["--cold-gets", "-1"], ["--cold-gets", "all"],
                                       ["--cold-gets", "100000"], ["--idle-timeout", "x"],
                                       ["--first-byte-timeout", "-1s"], ["--request-timeout", "1y"],
                                       ["--deadline", "never"], ["--attempts", "none"]])
def test_invalid_options_are_usage_errors(cluster, arguments):
    assert run("get", "ais://b/o", "--discard", *arguments, endpoint=cluster[0].url).returncode == 2
    assert run("bench", "--bucket", "ais://b", *arguments, endpoint=cluster[0].url).returncode == 2
    assert cluster[0].asked == []


def test_the_first_of_several_endpoints_is_asked(cluster, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    done = run("bench", "--bucket", "ais://b", "--token-file", tmp_path / "token",
               endpoint=cluster[0].url + "/,http://127.0.0.1:1")
    assert "is empty" in done.stderr


def test_stress_of_a_cluster_with_tls_and_a_token_needs_the_right_files(serve, tmp_path):
    certificate, key = issue(tmp_path, "server")
    own, own_key = issue(tmp_path, "client")
    (tmp_path / "token").write_text(TOKEN)
    endpoint = serve("--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", own, "--token",
                     tmp_path / "token").endpoint
    trust = ("--ca", certificate)
    who = ("--certificate", own, "--key", own_key)
    token = ("--token-file", tmp_path / "token")
    load = ("stress", "--samples", 200, "--attempts", 1, "--proxy-timeout", "60s", "--quiet", "--report", "-")
    done = run(*load, *trust, *who, *token, endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["delivered"] > 150
    assert run(*load, "--insecure", *who, *token, endpoint=endpoint).returncode == 0
    for less in ((*who, *token), (*trust, *token), (*trust, *who)):
        done = run(*load, *less, endpoint=endpoint)
        assert done.returncode == 1, done.stderr
        assert TOKEN not in done.stderr
    done = run("get", "ais://b/o", "--report", "-", "--attempts", 1, "--proxy-timeout", "60s", *trust, *who,
               endpoint=endpoint)
    assert done.returncode == 1 and b"401" in done.stdout
