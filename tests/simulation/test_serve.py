"""Servers live in child processes: they start, change day, and never outlive their parent."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from simulation.errors import DayOutsideWorld, PortInUse, SiteStopped
from simulation.serve import Market
from simulation.settings import SITE_NAMES
from simulation.world import World

PATHS = {
    "nl_kaartjes": "/advertentie/{}",
    "nl_gegevens": "/aanbod/{}",
    "nl_prikbord": "/bericht.php?nr={}",
    "nl_rubriek": "/{}-x/",
}


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return (
        "Z" not in Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[:1]
        if Path("/proc").is_dir()
        else True
    )


def until_gone(process_ids: tuple[int, ...], seconds: float = 8.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(is_running(process_id) for process_id in process_ids):
            return True
        time.sleep(0.05)
    return False


def pages_of(market: Market, world: World) -> dict[str, str]:
    """Some pages of each site, without what depends on the port."""
    pages = {}
    with httpx.Client() as client:
        for name, base in market.base_urls.items():
            for ad in world.site(name).listings(market.day)[:12]:
                answer = client.get(base + PATHS[name].format(ad.listing_id))
                assert answer.status_code == 200
                pages[f"{name}/{ad.listing_id}"] = re.sub(r"127\.0\.0\.1:\d+", "HOST", answer.content.decode("latin-1"))
    return pages


def test_pages_and_database_are_the_same_in_each_run(quiet_world: World, tmp_path: Path) -> None:
    runs = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        with Market(quiet_world, (0, 0, 0, 0), folder) as market:
            market.set_day(quiet_world.days[1])
            pages = pages_of(market, quiet_world)
            with sqlite3.connect(f"file:{folder}/nl_rubriek.sqlite3?mode=ro", uri=True) as database:
                dump = [re.sub(r"127\.0\.0\.1:\d+", "HOST", line) for line in database.iterdump()]
            database.close()
        runs.append((pages, dump))
        assert list(folder.iterdir()) == []
    assert runs[0] == runs[1]


def test_a_day_can_be_visited_again(market: Market, quiet_world: World) -> None:
    market.set_day(quiet_world.days[5])
    before = pages_of(market, quiet_world)
    market.set_day(quiet_world.days[8])
    assert pages_of(market, quiet_world) != before
    market.set_day(quiet_world.days[5])
    assert pages_of(market, quiet_world) == before


def test_a_day_outside_the_world_is_refused_and_changes_nothing(market: Market, quiet_world: World) -> None:
    day = market.day
    with pytest.raises(DayOutsideWorld):
        market.set_day(quiet_world.days[-1].replace(year=2027))
    assert market.day == day


def test_a_port_in_use_is_named(quiet_world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)), Market(quiet_world, (0, 0, port, 0)):
            pass


def test_nothing_is_left_after_the_block(quiet_world: World) -> None:
    with Market(quiet_world, (0, 0, 0, 0)) as market:
        ids, folder = market.process_ids, market._temporary
        assert all(is_running(process_id) for process_id in ids)
        assert folder is not None
    assert until_gone(ids)
    assert not folder.exists()


def test_a_child_that_died_is_reported(quiet_world: World) -> None:
    with Market(quiet_world, (0, 0, 0, 0)) as market:
        os.kill(market.process_ids[0], signal.SIGKILL)
        with pytest.raises(SiteStopped, match="ended early"):
            market.set_day(quiet_world.days[1])
        ids = market.process_ids
    assert until_gone(ids)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_children_go_with_their_parent_however_it_goes(how: signal.Signals, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "simulation.serve", "--days", "3", "--port-base", str(free_block())]
    parent = subprocess.Popen(
        program, stdout=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    try:
        assert parent.stdout is not None
        lines = [parent.stdout.readline() for _ in range(5)]
        assert all(name in line for name, line in zip(SITE_NAMES, lines[1:], strict=True))
        children = tuple(
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and parent_of(entry) == parent.pid
        )
        assert len(children) == 2
        os.kill(parent.pid, how)
        code = parent.wait(10)
        assert code == (0 if how == signal.SIGINT else -how)
        assert until_gone(children)
        assert list(tmp_path.iterdir()) == []
    finally:
        parent.kill()
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()


def parent_of(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1


def free_block() -> int:
    """Find four consecutive free ports."""
    for base in range(21000, 30000, 10):
        try:
            for port in range(base, base + 4):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    pytest.fail("no free ports")


def test_many_pages_a_second(market: Market, quiet_world: World) -> None:
    """The bar is 300 a second for the market; a floor far under what was measured keeps a busy machine from failing it."""
    ads = quiet_world.site("nl_kaartjes").listings(market.day)
    with httpx.Client(base_url=market.base_urls["nl_kaartjes"]) as client:
        start = time.perf_counter()
        for ad in ads:
            assert client.get(PATHS["nl_kaartjes"].format(ad.listing_id)).status_code == 200
        assert len(ads) / (time.perf_counter() - start) > 100
