"""The network of simulated pods, without a lab: where its addresses lead, and what is said where there can be none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.component import Components, LabError, free_ports
from tests.lab.pod_network import PodNetwork


@pytest.fixture
def components(tmp_path: Path) -> Iterator[Components]:
    components = Components(tmp_path)
    yield components
    components.close()


def test_an_address_leads_to_who_listens_and_nowhere_else(components: Components) -> None:
    network = PodNetwork(components)
    network.start()
    with network.listen("0.0.0.0", 8000) as listener, network.connect("10.244.3.7", 8000) as asking:
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockname() == asking.getpeername() == ("10.244.3.7", 8000)
    with pytest.raises(OSError, match="refused"):
        network.connect("10.244.3.7", 8000)
    with pytest.raises(OSError, match="unreachable"):
        network.connect("192.0.2.1", 8000)
    network.stop()
    with pytest.raises(OSError, match="No such file"):
        network.socket()


def test_a_port_of_this_machine_is_reached_from_within_where_it_is_led_out(components: Components) -> None:
    network = PodNetwork(components)
    network.start()
    [port] = free_ports(1)
    with socket.create_server(("127.0.0.1", port)) as listener:
        assert not network.listens(port)()
        network.lead_out(port)
        with network.connect("127.0.0.1", port) as asking:
            taken, _ = listener.accept()
            with taken:
                asking.sendall(b"who serves?")
                assert taken.recv(100) == b"who serves?"
                taken.sendall(b"v2")
                assert asking.recv(100) == b"v2"
    network.stop()


def test_a_system_that_does_not_let_us_is_told_from_one_that_fails(
    components: Components, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unshare").write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin:/usr/sbin:/sbin")
    with pytest.raises(LabError, match=r"needs root, or namespaces for everybody .*\n.*Operation not permitted"):
        PodNetwork(components).start()
