from datetime import date

import pytest

from reports.changes import told
from reports.figures import Alert

WEEK, BLOCK = date(2026, 11, 2), date(2026, 10, 12)


def alert(status, reason="", since=None, *, period="week", start=WEEK, series="level", count=1):
    return Alert(period, start, "GM0153", series, status, reason, since, count)


def test_the_normal_answer_is_no_demonstrable_change():
    change = told(alert("no_demonstrable_change"))
    assert (change.kind, change.title, change.mark) == ("none", "Geen aantoonbare verandering", "=")
    assert change.sentence == (
        "Het verschil tussen week 45 en de weken ervoor kan toeval zijn. Dat bewijst niet dat alles gelijk bleef."
    )


@pytest.mark.parametrize(("status", "word", "mark"), [("higher", "hoger", "▲"), ("lower", "lager", "▼")])
def test_an_alert_says_since_when_and_how_often_it_is_false(status, word, mark):
    change = told(alert(status, since=date(2026, 10, 26)))
    assert (change.title, change.mark) == (f"Aantoonbaar {word}", mark)
    assert change.sentence == (
        f"Sinds week 44 ligt het aantal {word} dan in de weken ervoor. "
        "Dit kan vals alarm zijn: ook als er niets verandert, komt er gemiddeld hooguit 1 keer per 180 dagen een melding."
    )


def test_the_false_alarm_rate_is_the_released_one():
    assert "hooguit 3 keer per 180 dagen" in told(alert("higher", since=WEEK, count=3)).sentence


def test_a_flow_names_its_four_weeks():
    change = told(alert("lower", since=BLOCK, period="block", start=BLOCK, series="arrivals"))
    assert change.sentence.startswith(
        "In de periode 12 oktober t/m 8 november 2026 ligt het aantal lager dan in de perioden ervoor."
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("low_completeness", "de bronnen konden te weinig worden bekeken"),
        ("source_break", "er zijn bronnen bij gekomen of weggegaan"),
        ("epoch_boundary", "in deze periode zijn de sleutels vervangen"),
        ("too_few_periods", "er zijn nog te weinig perioden"),
        ("after_alert", "na een melding"),
    ],
)
def test_where_nothing_is_compared_the_reason_is_given_and_no_rate(reason, words):
    change = told(alert("not_comparable", reason))
    assert change.title == "Niet te vergelijken"
    assert change.sentence.startswith(f"We zeggen niet of week 45 anders was dan de weken ervoor: {words}")
    assert "180" not in change.sentence


def test_without_an_alert_nothing_was_compared():
    assert told(None).kind == "not_comparable"
    assert told(None).sentence == "Er zijn nog geen cijfers om mee te vergelijken."
