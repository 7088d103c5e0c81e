"""A process that has loaded all that is slow to load, and forks for each step of a day that it is told to do.

Run as a program: a line of JSON on standard input is an order, a line of JSON on standard output says how it ended.
"""

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import acting
import breaks
import clock
import names

sys.path.insert(0, str(acting.killing.ROOM))


def do(step: str, settings: Any, day: date) -> int:
    """Do one step of a day."""
    from advertentiemonitor import keyring, stages
    from advertentiemonitor.crawler import Crawler

    if step == "collect":
        with Crawler() as crawler:
            return stages.collect_all(settings, day, [crawler])
    if step == "new epoch":
        keyring.rotate(settings)
        return 0
    if step == "retention":
        return stages.retain(settings, settings.market_today).total
    if step == "rotate_keys":
        return stages.rotate_keys(settings, day)
    return stages.AFTER_COLLECTING[step](settings, day)


def settings_of(order: dict[str, Any]) -> Any:
    """Make the settings of an order; without a day of the market, the wall clock counts."""
    from advertentiemonitor.settings import Settings

    given = dict(order["settings"])
    return Settings(**given)


def put_elsewhere(address: str, source: str) -> None:
    """Let a source's address be another, as if its name led elsewhere, or its site spoke otherwise."""
    from advertentiemonitor.settings import Settings
    from spiders import register

    usual, other = Settings.market_url, register.load()[source].base_url
    Settings.market_url = lambda self, base_url: address if base_url == other else usual(self, base_url)


def child(order: dict[str, Any]) -> None:
    """Do what is ordered in this process, which ends with it."""
    from advertentiemonitor import sending

    sending.PAUSES = ()  # half an hour of patience with a mail server is not what is tried here
    if "clock" in order:
        _load_all()
        clock.be(order["clock"])
    for source, address in order.get("elsewhere", {}).items():
        put_elsewhere(address, source)
    if order.get("nameless"):
        names.forget()
    if "break" in order:
        breaks.BREAKS[order["break"]](Path(order["state"]))
    tracer = _tracer(order)
    said: dict[str, Any]
    try:
        if tracer is not None:
            sys.setprofile(tracer)
        said = {"value": do(order["step"], settings_of(order), date.fromisoformat(order["day"]))}
    except Exception as error:  # noqa: BLE001 - told to the rig
        sys.setprofile(None)
        said = {"error": type(error).__name__, "is_ours": hasattr(error, "exit_code"), "text": str(error)}
    sys.setprofile(None)
    if tracer is not None and "told" in order:
        Path(order["told"]).write_text(json.dumps(tracer.order))
    acting.killing.say(**said)
    os._exit(0)


def _load_all() -> None:
    """Load what looks at the clock, so that it sees it wrong."""
    import warehouse.backups
    import warehouse.retention  # noqa: F401


def _tracer(order: dict[str, Any]) -> acting.Faulty | None:
    if "label" not in order and "told" not in order:
        return None
    if order["step"] == "collect":
        here = str(Path(__file__).parent)
        sent = {**order, "is_first": True, "path": [here, str(acting.killing.ROOM)], "stage": os.getpid()}
        os.environ["FAULT_CRAWL"] = json.dumps(sent)
        os.environ["PYTHONPATH"] = os.pathsep.join((f"{here}/inside", str(acting.killing.ROOM)))
        return None
    return acting.Faulty({**order, "stage": os.getpid()}, order["step"])


def warm(order: dict[str, Any]) -> None:
    """Do the first days in this very process, so that all is loaded; nothing is at fault yet.

    All but publishing: the typesetter keeps threads, which no fork would have, and would wait for them for ever.
    """
    from advertentiemonitor import publishing, sending  # noqa: F401 - loaded here once
    from warehouse.server_options import OPTIONS

    sending.PAUSES = ()
    OPTIONS.update(acting.FAST)
    for step in order["steps"]:
        if step != "publish" or (pid := os.fork()) == 0:
            do(step, settings_of(order), date.fromisoformat(order["day"]))
            if step == "publish":
                os._exit(0)
        else:
            os.waitpid(pid, 0)
    acting.killing.say(ended=0)


def serve() -> None:
    """Fork for each order, as often as it says; say what each child said, and by which signal it ended."""
    for line in sys.stdin:
        order = json.loads(line)
        if "steps" in order:
            warm(order)
            continue
        pids = []
        for _ in range(order.get("times", 1)):
            pid = os.fork()
            if pid == 0:
                child(order)
            pids.append(pid)
        ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        acting.killing.say(ended=min(ends))


if __name__ == "__main__":
    serve()
