"""A fortnight under `up`, run by Airflow's own scheduler, with two faults a day: fourteen digests, and none wrong.

The market lives fourteen days, a partition each. A twin lives the same days through the stages, undisturbed: every row of
`release`, every digest and every mail of the two must be the same. Someone who runs it is systemd (starts `up` again when
it ends) and the operator (begins a stage again that failed for good); both are counted.

    .venv/bin/python -P benchmarks/running/fortnight.py [--days N] [--seed S] [--json FILE]
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from house import House
from mail_server import HOST, Mailbox
from socket_ports import free_port
from upsets import FAULTS, Scene, chosen, mail_away

from advertentiemonitor import databases, stages, tasks
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from simulation.serve import Market
from simulation.settings import WorldSettings
from simulation.world import generate
from warehouse import db
from warehouse.server import Server

FIRST = date(2026, 10, 12)
KEYS = b"a fortnight"
MEMORY_BAR = 3_000_000_000
DAY_SECONDS = 1500
MAIL_AWAY_SECONDS, AGAIN_SECONDS = 20, 60
States = dict[str, tuple[str, list[str]]]  # stage -> state of its run, states of its tasks
_TABLES = """SELECT table_name::text FROM information_schema.tables
             WHERE table_schema = 'release' AND table_type = 'BASE TABLE' ORDER BY 1"""


class DayUnderFaults:
    """One day that Airflow runs while faults strike; seen through to its end."""

    def __init__(self, scene: Scene, faults: list[str]) -> None:
        self._scene = scene
        self._house = scene.house
        self._waiting = list(faults)
        self._mail_down_since: float | None = None
        self._begun_again: dict[str, float] = {}

    def run(self) -> None:
        """Begin it, and return when all its stages are done and every fault has struck."""
        self._house.trigger("collect")
        until = time.monotonic() + DAY_SECONDS
        while True:
            self._house.keep()
            states = self._house.states()
            assert time.monotonic() < until, f"{self._house.day} was not done: {states}"
            self._strike(states)
            self._bring_mail_back(states)
            self._begin_again(states)
            is_done = all(states.get(stage, ("",))[0] == "success" for stage in tasks.CHAIN)
            if is_done and not self._waiting and self._mail_down_since is None:
                return
            time.sleep(0.3)

    def _strike(self, states: States) -> None:
        for name in self._waiting:
            stage, fault = FAULTS[name]
            state, of_tasks = states.get(stage, ("", []))
            if "running" not in of_tasks and state != "success":
                continue
            self._house.counts["struck after its stage"] += state == "success"
            self._waiting.remove(name)
            try:
                fault(self._scene)
            except LookupError:
                self._house.counts["struck nothing"] += 1
            if fault is mail_away:
                self._mail_down_since = time.monotonic()
            return  # what is known of the stages is old now

    def _bring_mail_back(self, states: States) -> None:
        since = self._mail_down_since
        if since is not None and "publish" in states and time.monotonic() - since > MAIL_AWAY_SECONDS:
            self._scene.mail_up()
            self._mail_down_since = None

    def _begin_again(self, states: States) -> None:
        """Do what the runbook asks of the operator for a stage that failed for good."""
        for stage, (state, _) in states.items():
            if state == "failed" and time.monotonic() - self._begun_again.get(stage, 0) > AGAIN_SECONDS:
                self._begun_again[stage] = time.monotonic()
                self._house.counts["begun again by hand"] += 1
                self._house.trigger(stage)


def released(settings: Settings) -> dict[str, list[str]]:
    """Every row of every table of `release`, as text, in order."""
    with databases.warehouse_as(settings, "analist") as conn:
        return {
            table: _texts(conn, f"SELECT t::text FROM release.{table} t ORDER BY 1") for table in _texts(conn, _TABLES)
        }


def _texts(conn: db.Connection, query: str) -> list[str]:
    return [text for (text,) in conn.execute(query.encode()).fetchall()]


def fortnight(days: int, seed: int) -> dict[str, Any]:
    """Live the days; give a row a day, whether both released the same, what was counted, and the most memory taken."""
    root = Path(tempfile.mkdtemp(prefix="admon-fortnight-"))
    root.chmod(0o711)
    world = generate(WorldSettings(seed=seed, first_day=FIRST, days=days, scale=0.15))
    first_port, mail_port = 21000 + 10 * (os.getpid() % 900), free_port()
    settings = {
        name: Settings(state=root / name, market_port=first_port, market_today=FIRST, seed=7, **extra)
        for name, extra in {
            "twin": {},
            "up": {"smtp_host": HOST, "smtp_port": mail_port, "smtp_security": "none"},
        }.items()
    }
    box = Mailbox()
    house = House(settings["up"], free_port(), root / "up.log", FIRST)
    scene = Scene(house, random.Random(seed), box, mail_port)
    rows = []
    try:
        with ExitStack() as stack:
            stack.callback(scene.mail_down)
            market = stack.enter_context(Market(world, range(first_port, first_port + 4), root / "market"))
            crawler = stack.enter_context(Crawler())
            for each in settings.values():
                initialise(each, KEYS)
            stack.enter_context(Server(settings["twin"].root))
            stack.enter_context(house.weighed())
            stack.callback(lambda: house.process and house.kill())
            scene.mail_up()
            for number, faults in enumerate(chosen(days, seed)):
                day = FIRST + timedelta(days=number)
                market.set_day(day)
                now = settings["twin"].model_copy(update={"market_today": day})
                stages.collect_all(now, day, [crawler])
                for stage in stages.AFTER_COLLECTING.values():
                    stage(now, day)
                begun, before, mails = time.monotonic(), Counter(house.counts), len(box.taken)
                house.day = day
                house.start()
                DayUnderFaults(scene, faults).run()
                house.stop()
                rows.append(
                    _judged(settings, day, faults, len(box.taken) - mails)
                    | {"seconds": round(time.monotonic() - begun, 1), "counts": dict(house.counts - before)}
                )
                print(_line(rows[-1]), flush=True)
            same = released(settings["up"]) == released(settings["twin"])
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return {"days": rows, "release_equal": same, "counts": dict(house.counts), "peak_bytes": house.peak_bytes}


def main() -> int:
    """Run it and print the table; 1 where a digest is missing or wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = fortnight(asked.days, asked.seed)
    rows = found["days"]
    digests = sum(row["digest"] for row in rows)
    wrong = sum(row["wrong"] for row in rows)
    twice = sum(row["mails"] != 1 for row in rows)
    print(f"digests {digests} of {asked.days}; wrong {wrong}; mailed other than once {twice}")
    print(f"`release` equal to the undisturbed twin's, row by row: {'yes' if found['release_equal'] else 'NO'}")
    print(f"counts: {found['counts']}")
    print(f"memory at its highest {found['peak_bytes'] / 1e9:.2f} GB (bar {MEMORY_BAR / 1e9:.0f})")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")
    good = (
        digests == asked.days
        and not wrong
        and not twice
        and found["release_equal"]
        and found["peak_bytes"] <= MEMORY_BAR
    )
    return 0 if good else 1


def _judged(settings: dict[str, Settings], day: date, faults: list[str], mails: int) -> dict[str, Any]:
    pages = {name: sorted((each.root / "digest").glob(f"dagbericht-{day}-v*.html")) for name, each in settings.items()}
    same = [p.read_bytes() for p in pages["up"]] == [p.read_bytes() for p in pages["twin"]]
    return {
        "day": day.isoformat(),
        "faults": faults,
        "digest": len(pages["up"]) == 1,
        "wrong": not same,
        "mails": mails,
    }


def _line(row: dict[str, Any]) -> str:
    told = "right" if row["digest"] and not row["wrong"] else "WRONG"
    return f"{row['day']}  {told}  mails {row['mails']}  {row['seconds']:>6} s  {'; '.join(row['faults'])}  {row['counts']}"


if __name__ == "__main__":
    sys.exit(main())
