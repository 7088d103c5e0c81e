"""One stage, watched: a line when it begins and when it ends, and its part of the day's report."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ParamSpec

from advertentiemonitor.settings import Settings

P = ParamSpec("P")


@dataclass(slots=True)
class Ran:
    """What a stage tells of itself while it is watched."""

    count: int | None = None


@contextmanager
def observed(stage: str, day: date, settings: Settings, source: str | None = None) -> Iterator[Ran]:
    """Watch a stage, which tells its count in what this gives.

    Its error comes through as it is. What cannot be written is not written: watching fails no stage.

    Args:
        stage: its name, as in `advertentiemonitor.tasks`.
        day: local day that it is about.
        settings: of the installation; where its folder is not there, nothing is made.
        source: that is collected.
    """
    watch, ran = _Watch(stage, day, settings, source), Ran()
    _if_it_can(watch.begin)
    try:
        yield ran
    except BaseException as error:
        _if_it_can(watch.end, ran, error)
        raise
    _if_it_can(watch.end, ran, None)


@contextmanager
def watched(
    stage: str, day: date, settings: Settings, source: str | None = None, *, may_ask: bool = True
) -> Iterator[Ran]:
    """Watch a stage as `observed` does, and write the metrics however it ends: by Airflow, or by a person's command.

    Args:
        stage: as for `observed`, like the next three.
        day: local day.
        settings: of the installation.
        source: that is collected.
        may_ask: log in to the database for metrics as well.
    """
    from advertentiemonitor.observing import metrics

    try:
        with observed(stage, day, settings, source) as ran:
            yield ran
    finally:
        metrics.write(settings, may_ask=may_ask)


class _Watch:
    """Writes what became of one run of a stage."""

    def __init__(self, stage: str, day: date, settings: Settings, source: str | None) -> None:
        self.stage, self.day, self.settings, self.source = stage, day, settings, source
        self.begun, self._start = datetime.now(UTC), time.monotonic()

    def begin(self) -> None:
        from advertentiemonitor.observing import runs

        if self._is_of_here():
            self._say("stage begun")
            part = runs.Part(stage=self.stage, source=self.source, begun=self.begun)
            runs.change(self.settings, self.day, lambda report: report.with_part(part))

    def end(self, ran: Ran, error: BaseException | None) -> None:
        from advertentiemonitor.observing import outcomes, runs, vocabulary

        if not self._is_of_here():
            return
        # Airflow's time-out is none of these: what took too long has failed.
        is_stopped = isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)
        outcome: runs.Outcome = "done" if error is None else "stopped" if is_stopped else "failed"
        seconds = time.monotonic() - self._start
        told = None if ran.count is None else vocabulary.told_count(self.stage, ran.count)
        self._say(f"stage {outcome}", count=told, seconds=seconds, error=error)
        part = runs.Part(
            stage=self.stage,
            source=self.source,
            begun=self.begun,
            ended=datetime.now(UTC),
            seconds=round(seconds, 3),
            count=ran.count,
            outcome=outcome,
            error=vocabulary.name_of(error),
        )
        runs.change(self.settings, self.day, lambda report: report.with_part(part))
        # Apart from the stage's own part: this may ask the database, which may be why the stage failed.
        if found := outcomes.of(self.settings, self.stage, self.day, self.source):
            runs.change(self.settings, self.day, lambda report: outcomes.merged(report, found))

    def _is_of_here(self) -> bool:
        # A day to come, mistyped and refused, would stay the newest for ever.
        newest = max(self.settings.today(synthetic=kind) for kind in (True, False))
        return self.settings.root.exists() and self.day <= newest

    def _say(self, event: str, **fields: object) -> None:
        from advertentiemonitor.observing import logs

        log = logs.logger(self.settings)
        say = log.error if fields.get("error") is not None else log.info
        say(event, stage=self.stage, day=self.day, source=self.source, **fields)


def _if_it_can(write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    try:
        write(*args, **kwargs)
    except Exception:  # noqa: BLE001 - whatever it is, the stage goes on and its own error is the one that is told
        logging.getLogger(__name__).warning("What a stage did could not be written down; `doctor` looks for the cause.")
