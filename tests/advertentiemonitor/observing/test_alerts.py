"""Every alert is on metrics that exist and leads to what to do; every page that says what to do is led to."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from advertentiemonitor import errors, failure_mail
from advertentiemonitor.observing import metrics, vocabulary
from warehouse import leftovers
from warehouse.protection.errors import AttackSucceeded
from warehouse.records import CrawlState

ROOT = Path(__file__).parents[3]
PAGE = "docs/storingen.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "docker/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
DAGS = sorted(
    path.stem for path in (ROOT / "dags").glob("*.py") if path.stem != "dag_wiring" and "@dag(" in path.read_text()
)
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
LABELS = {
    "stage": vocabulary.stages(),
    "source": vocabulary.sources(),
    "state": frozenset(get_args(CrawlState)),
    "error": frozenset({AttackSucceeded.__name__, *vars(errors)}),
}


def anchor(heading: str) -> str:
    """As the pages of a repository make it: lower case, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


ANCHORS = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)}


def headings(section: str) -> list[str]:
    return re.findall(r"^### (.+)$", SECTIONS[section], re.MULTILINE)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_on_metrics_and_labels_that_exist(alert: dict[str, Any]) -> None:
    expression = alert["expr"]
    names = re.findall(rf"\b{metrics.PREFIX}_(\w+)", expression)
    assert names
    assert set(names) <= set(metrics.FAMILIES)
    for name, selector in re.findall(rf"{metrics.PREFIX}_(\w+)\{{(.*?)\}}", expression):
        for label, told in re.findall(r'(\w+)(?:=~|!~|!=|=)"(.*?)"', selector):
            assert label in metrics.FAMILIES[name].labels
            assert set(told.split("|")) <= LABELS[label]
    for label in re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"]):
        assert all(label in metrics.FAMILIES[name].labels for name in names)


def test_nobody_is_woken_about_a_source_while_it_is_tried_again() -> None:
    """Three more tries with pauses of 10, 30 and 60 minutes, of which Airflow makes up to twice the first two."""
    about_sources = [alert for alert in ALERTS if f"{metrics.PREFIX}_source_" in alert["expr"]]
    assert {alert["alert"]: alert["for"] for alert in about_sources} == {"BronNietGezien": "3h", "BronWeigert": "3h"}
    (step,) = (alert for alert in ALERTS if alert["alert"] == "StapMislukt")
    assert errors.SourceNotSeen.__name__ in re.findall(r'error!~"(.+?)"', step["expr"])[0].split("|")


def test_every_stage_of_a_night_is_looked_at_by_itself() -> None:
    """A stage whose process is killed tells nothing; others that go well must not hide it."""
    (alert,) = (alert for alert in ALERTS if alert["alert"] == "StapNietGelukt")
    found = re.fullmatch(
        rf'time\(\) - {metrics.PREFIX}_stage_last_success_timestamp_seconds\{{stage!~"(.+?)"\}} > (\d+) \* 3600',
        alert["expr"],
    )
    assert found
    weekly = {path.stem for path in (ROOT / "dags").glob("*.py") if "schedule=every_monday_at" in path.read_text()}
    assert set(found[1].split("|")) == {"collect", *weekly}  # sources have alerts of their own
    assert int(found[2]) > 25, "the night on which the clock is set back"


def test_the_spool_is_told_of_while_there_is_time_to_read_it() -> None:
    (alert,) = (alert for alert in ALERTS if alert["alert"] == "SpoolTeOud")
    (hours,) = re.findall(r"oldest_age_seconds > (\d+) \* 3600", alert["expr"])
    assert leftovers.SPOOL.hours - leftovers.SPOOL.ahead - int(hours) > 12
    assert f"meer dan {hours} uur" in SECTIONS["Waarschuwingen"].split("### Spool te oud\n")[1].split("\n### ")[0]
    assert hours == "24"
    assert "wachten al een dag" in alert["annotations"]["summary"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_leads_to_a_runbook(alert: dict[str, Any]) -> None:
    page, _, where = alert["annotations"]["runbook"].partition("#")
    assert page == PAGE
    assert where in set(map(anchor, headings("Waarschuwingen")))
    assert alert["labels"]["severity"] in {"critical", "warning"}


def test_every_runbook_is_led_to() -> None:
    led_to = {alert["annotations"]["runbook"].partition("#")[2] for alert in ALERTS}
    assert set(map(anchor, headings("Waarschuwingen"))) == led_to
    assert len(ALERTS) == len({alert["alert"] for alert in ALERTS}) == len(led_to)


@pytest.mark.parametrize("heading", headings("Waarschuwingen"))
def test_a_runbook_says_all_five(heading: str) -> None:
    text = SECTIONS["Waarschuwingen"].split(f"### {heading}\n")[1].split("\n### ")[0]
    assert re.findall(r"^- \*\*(.+?):\*\*", text, re.MULTILINE) == ["Wat u ziet", "Waarom", "Eerst", "Nooit", "Bellen"]


def test_the_mail_about_a_failure_leads_to_its_dag() -> None:
    assert failure_mail.RUNBOOK == PAGE
    assert sorted(headings("Mislukte taken")) == DAGS


def test_every_anchor_that_is_named_anywhere_is_there() -> None:
    named = {("in itself", where) for where in re.findall(r"\]\(#([\w-]+)\)", TEXT)}
    for folder in ("advertentiemonitor", "dags", "docs", "docker", "systemd"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".md", ".yml", ".yaml", ".service", ".timer"}:
                text = path.read_text(encoding="utf-8")
                named |= {(path.name, where) for where in re.findall(r"storingen\.md#([\w-]+)", text)}
    assert len(named) > 15
    assert {(place, where) for place, where in named if where not in ANCHORS} == set()


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)(#[\w-]+)?\)", TEXT)
    assert len(links) > 5
    for target, where in links:
        path = ROOT / "docs" / target
        assert path.exists(), target
        if where:
            there = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert where[1:] in set(map(anchor, there)), where
