"""Who the client is, and whom it believes: tokens and certificates."""

from __future__ import annotations

import shutil
import subprocess

import pytest

import aisle


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text("s3cr3t")
    return path


def test_a_token(serve, served, token_file, monkeypatch):
    endpoint = serve(served.root, "--token", token_file).endpoint
    with aisle.Client(endpoint) as client:
        error = next(client.stream(["size-1"], bucket="data")).error
        assert isinstance(error, aisle.AccessError) and error.http_status == 401
        with pytest.raises(PermissionError):
            client.head("data", "size-1")
    for options in ({"token": "s3cr3t"}, {"token_file": token_file}, {"token_file": str(token_file)}):
        with aisle.Client(endpoint, **options) as client:
            assert next(client.stream(["size-1"], bucket="data")) == served.objects["size-1"]
    monkeypatch.setenv("AIS_AUTHN_TOKEN_FILE", str(token_file))
    with aisle.Client(endpoint) as client:
        assert client.get("ais://data/size-1") == served.objects["size-1"]


@pytest.fixture
def certificate(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("no openssl")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", tmp_path / "key", "-out",
                    tmp_path / "cert"], check=True, capture_output=True)
    return tmp_path / "cert", tmp_path / "key"


def test_tls(serve, served, certificate, monkeypatch):
    cert, key = certificate
    endpoint = serve(served.root, "--tls-certificate", cert, "--tls-key", key).endpoint
    with aisle.Client(endpoint) as client:
        error = next(client.stream(["size-1"], bucket="data")).error
        assert isinstance(error, aisle.TLSError) and isinstance(error, ConnectionError)
    for options in ({"ca_cert": cert}, {"skip_verify": True}):
        with aisle.Client(endpoint, **options) as client:
            assert next(client.stream(["size-1"], bucket="data")) == served.objects["size-1"]
    monkeypatch.setenv("AIS_CLIENT_CA", str(cert))
    with aisle.Client(endpoint) as client:
        assert client.get("ais://data/size-1") == served.objects["size-1"]


def test_the_clients_own_certificate(serve, served, certificate):
    cert, key = certificate
    endpoint = serve(served.root, "--tls-certificate", cert, "--tls-key", key, "--tls-client-ca", cert).endpoint
    with aisle.Client(endpoint, ca_cert=cert, client_cert=(str(cert), str(key))) as client:
        assert next(client.stream(["size-1"], bucket="data")) == served.objects["size-1"]
    both = cert.parent / "both"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    with aisle.Client(endpoint, ca_cert=cert, client_cert=str(both)) as client:
        assert next(client.stream(["size-1"], bucket="data")) == served.objects["size-1"]
