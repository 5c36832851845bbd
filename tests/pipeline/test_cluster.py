"""Nobody without the key learns anything of a batch that runs on this computer."""

import os
import socket
import ssl
import time

import distributed
import psutil
import pytest

from rnapp.pipeline.cluster import processes_here


def listening() -> set[tuple[str, int]]:
    """Address and port of all that this process and its children listen to."""
    here = psutil.Process()
    return {(place.laddr.ip, place.laddr.port) for process in (here, *here.children(recursive=True))
            for place in process.net_connections("inet") if place.status == psutil.CONN_LISTEN}


def answer(address: tuple[str, int], encrypted: bool) -> bytes:
    """What somebody without the key gets to read, as the first line of HTTP and Dask's own handshake would."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(address, 2) as plain:
            talk = context.wrap_socket(plain) if encrypted else plain
            talk.sendall(b"GET /info/main/workers.html HTTP/1.0\r\n\r\n")
            return talk.recv(1000)
    except (ssl.SSLError, ConnectionError, TimeoutError):
        return b""


def secret(text: str) -> None:
    raise ValueError(text)


def test_all_that_listens_is_local_and_asks_for_the_key() -> None:
    before = listening()
    with processes_here(2) as client:
        assert client.submit(os.getpid).result() != os.getpid()
        assert isinstance(client.submit(secret, "DOE^JANE").exception(), ValueError)
        places = listening() - before
        time.sleep(0.5)
        assert places == listening() - before
        answers = [answer(place, encrypted) for place in places for encrypted in (False, True)]
    assert len(places) == 5, "a scheduler, two nannies and two workers, and nothing else"
    assert {address for address, _ in places} == {"127.0.0.1"}
    assert answers == [b""] * 10
    assert not listening() - before


def test_the_same_trial_reads_dasks_usual_server() -> None:
    """Else the test above would show nothing."""
    before = listening()
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp",
                                  dashboard_address=None):
        answers = [answer(place, encrypted=False) for place in listening() - before]
    assert any(b"HTTP/1" in one for one in answers)


def test_a_client_without_the_key_is_not_let_in() -> None:
    with processes_here(1) as client, pytest.raises((OSError, TimeoutError)):
        distributed.Client(client.scheduler.address, security=distributed.Security.temporary(), timeout=3)
