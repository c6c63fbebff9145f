"""The server answers its own page, and nobody else."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infoplane.errors import InfoplaneError

from ..page.run_folders import HOSTILE, run_tables, write_run
from .serving import TOKEN, Served, served


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The live page of one run, with a secret beside its folder."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "secret.txt").write_text("a secret")
    with served([write_run(folder / "run", run_tables())]) as it:
        yield it


def test_the_page_may_ask_its_own_server_alone(live: Served) -> None:
    status, body = live.ask(f"/{TOKEN}/")
    assert status == 200
    policy = re.search(r'Policy" content="([^"]*)"', body.decode())
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert policy[1].endswith("connect-src 'self'")
    (run,) = (live.changes() or {})["runs"]
    assert run["name"] == "run"
    assert run["memorized"]["rows"] > 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8765"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
    ],
)
@pytest.mark.parametrize("path", [f"/{TOKEN}/", f"/{TOKEN}/changes"])
def test_another_site_gets_nothing(live: Served, headers: dict[str, str], path: str) -> None:
    status, body = live.ask(path, **headers)
    assert status in (400, 403)
    assert b"infoplane" not in body
    assert b"run" not in body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9000", "127.0.0.1:1"])
def test_a_tunnel_may_have_another_port(live: Served, host: str) -> None:
    assert live.ask(f"/{TOKEN}/", Host=host, Sec_Fetch_Site="none")[0] == 200
    own = {"Sec_Fetch_Site": "same-origin", "Origin": f"http://{host}"}
    assert live.ask(f"/{TOKEN}/changes", Host=host, **own)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/changes",
        "/another-token/",
        "/another-token/changes",
        f"/{TOKEN}/secret.txt",
        f"/{TOKEN}/../secret.txt",
        f"/{TOKEN}/..%2fsecret.txt",
        f"/{TOKEN}/%2e%2e/secret.txt",
        f"/{TOKEN}//etc/passwd",
        f"/{TOKEN}/config.json",
        "/../../../../etc/passwd",
        "//etc/passwd",
    ],
)
def test_no_other_path_is_answered(live: Served, path: str) -> None:
    status, body = live.ask(path)
    assert status == 404
    assert b"secret" not in body
    assert b"root:" not in body


def test_nothing_is_written_through_it(live: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert live.ask(f"/{TOKEN}/changes", method)[0] == 405


def test_a_version_that_is_no_number_gets_everything(live: Served) -> None:
    for text in ("", "x", "-1", "1e9", "٣"):
        status, _ = live.ask(f"/{TOKEN}/changes?since={'%D9%A3' if text == '٣' else text}")
        assert status == 200


def test_names_of_data_are_sent_as_text(tmp_path: Path) -> None:
    with served([write_run(tmp_path / "r", run_tables()), tmp_path / HOSTILE[:20]]) as it:
        status, body = it.ask(f"/{TOKEN}/")
        assert status == 200
        assert HOSTILE[:20].encode() not in body.split(b"</style>")[1].split(b"<script>")[0]


def test_a_port_that_is_taken() -> None:
    pytest.importorskip("uvicorn", reason="no uvicorn: pip install 'infoplane[watch]'")
    from infoplane.watching.server import FIRST_PORT, PORTS, free_socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InfoplaneError, match=f"port {port} cannot be had .*another --port"):
            free_socket(port)
    with pytest.raises(InfoplaneError, match="port 99999 cannot be had"):
        free_socket(99_999)
    with free_socket(None) as first, free_socket(None) as second:
        ports = [each.getsockname()[1] for each in (first, second)]
        assert all(FIRST_PORT <= each < FIRST_PORT + PORTS for each in ports)
        assert ports[0] != ports[1]
