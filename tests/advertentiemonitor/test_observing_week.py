"""What a week of real nights left behind for whoever keeps watch."""

import json
from collections import Counter
from datetime import timedelta

from advertentiemonitor import stages
from advertentiemonitor.observing import looks, metrics, runs

from .conftest import DAYS, FIRST

LAST = FIRST + timedelta(days=DAYS - 1)


def test_each_day_has_a_report_of_all_that_ran(installation):
    settings = installation.settings
    reports = runs.reports(settings, 28)
    assert [report.day for report in reports] == [FIRST + timedelta(days=number) for number in range(DAYS)]
    report = runs.report_of(settings, LAST)
    assert {part.stage for part in report.parts} == {"collect", *stages.AFTER_COLLECTING}
    assert {part.outcome for part in report.parts} == {"done"}
    assert set(report.sources) == {part.source for part in report.parts if part.stage == "collect"}
    assert len(report.sources) == 4
    assert report.edition.version == 1
    assert "A1" in report.edition.attacks
    assert "failed" not in report.edition.attacks.values()
    assert not report.mails  # no mail server is set


def test_its_log_has_a_line_for_each_begin_and_end(installation):
    lines = [
        json.loads(line)
        for path in (installation.settings.root / "logs").glob("advertentiemonitor-*.jsonl")
        for line in path.read_text().splitlines()
    ]
    told = Counter(line["event"] for line in lines)
    assert told["stage begun"] >= DAYS * (4 + len(stages.AFTER_COLLECTING))  # four sources; other tests go on with it
    assert told["stage done"] + told["stage failed"] + told["stage stopped"] == told["stage begun"]
    done = [line for line in lines if line["event"] == "stage done"]
    assert all(line["count"] % 25 == 0 for line in done if line["stage"] in {"collect", "read"})


def test_metrics_of_it(installation):
    settings = installation.settings.model_copy(update={"market_today": LAST})
    metrics.write(settings)
    text = (metrics.folder(settings) / metrics.FILES).read_text()
    assert text.count("advertentiemonitor_stage_last_success_timestamp_seconds{") == 4 + len(stages.AFTER_COLLECTING)
    found = looks.database(settings)
    assert (found.is_up, found.days_since_release, found.migrations_behind, found.keys_wrong) == (True, 0, 0, 0)
    assert found.is_clock_credible
