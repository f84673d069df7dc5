"""The Aisle client for a client of AIStore's SDK: one per cluster and identity in each process."""

from __future__ import annotations

from typing import Any

from .._client import Client

_BUDGET_BYTES = 256 << 20
_LEAST_BUDGET_BYTES = 32 << 20

_clients: dict[tuple[Any, ...], Client] = {}


def client_of(sdk_client: Any, sharers: int = 1) -> Client:
    """The `aisle.Client` with the endpoint, token, certificates and connect timeout of an SDK client.

    sdk_client: ``aistore.sdk.Client``, or the ``RequestClient`` inside it. Later changes of its token are seen.
    sharers: number of processes that read in parallel, such as DataLoader's workers: each gets its part of 256 MiB, at
    least 32 MiB.

    The same settings give the same client. It is created at first use and lives as long as the process. Thread-safe.
    """
    asked = getattr(sdk_client, "_request_client", sdk_client)
    session = asked.session_manager
    certificate = session.client_cert
    settings = (
        asked.base_url.removesuffix("/v1"),
        asked.token or None,
        session.ca_cert or None,
        tuple(certificate) if isinstance(certificate, list) else certificate or None,
        bool(session.skip_verify) or None,
        _connect_timeout(asked.timeout),
        sharers,
    )
    client = _clients.get(settings)
    if client is None:
        endpoint, token, ca_cert, client_cert, skip_verify, connect_timeout, _ = settings
        made = Client(
            endpoint,
            token=token,
            ca_cert=ca_cert,
            client_cert=client_cert,
            skip_verify=skip_verify,
            connect_timeout=connect_timeout,
            memory_budget=max(_BUDGET_BYTES // sharers, _LEAST_BUDGET_BYTES),
        )
        client = _clients.setdefault(settings, made)  # atomic; a client that is too late has started no thread
    return client


def _connect_timeout(timeout: Any) -> float:
    """Seconds. The SDK has one number, (connect, read), or None for no limit; Aisle then uses its default of 10 s."""
    if isinstance(timeout, (tuple, list)):
        timeout = timeout[0]
    return float(timeout) if timeout else 10.0
