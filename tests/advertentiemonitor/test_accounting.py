"""What the accountability pack is told of the ledger and of a real installation."""

import json
from datetime import date

import pytest

from advertentiemonitor import accounting, publishing
from advertentiemonitor.airflow import cleaning as airflow_cleaning
from reports.accountability import receipts
from warehouse import db, ledger, retention


def entered(conn, count):
    """Enter daily releases and give the digests of their entries."""
    texts = {"ruleset": "1", "estimator": "4", "inputs": "a" * 64, "figures": "b" * 64}
    return [
        ledger.enter(conn, vintage=date(2026, 11, 1 + n), version=1, attacks={"A1": "passed"}, **texts)
        for n in range(count)
    ]


def test_the_extract_follows_the_chain(conn, monkeypatch):
    monkeypatch.setattr(accounting, "LEDGER_ENTRIES", 3)
    digests = entered(conn, 5)
    told = accounting._ledger(conn)
    assert (told.is_whole, told.entries) == (True, 5)
    assert [entry.entry_digest for entry in told.last] == digests[-3:]


def test_an_empty_ledger_is_whole(conn):
    assert accounting._ledger(conn) == accounting.LedgerFact(is_whole=True, entries=0)


def test_a_broken_chain_is_told_and_not_raised(conn):
    entered(conn, 3)
    db.script(conn, "ALTER TABLE release.edition DISABLE TRIGGER USER")
    db.script(conn, "UPDATE release.edition SET figures_digest = repeat('c', 64) WHERE vintage_date = '2026-11-02'")
    told = accounting._ledger(conn)
    assert (told.is_whole, told.entries, len(told.last)) == (False, 3, 3)


def test_every_kind_that_retention_looks_at_has_its_words():
    assert {"mail sent", airflow_cleaning.KIND} <= receipts._KEPT.keys()


@pytest.mark.full  # an installation takes a minute to make
def test_the_pack_of_a_real_installation(installation):
    settings = installation.settings
    path = publishing.make(settings, "accountability", None)
    text = path.read_text(encoding="utf-8")
    for missing in ("niet meegegeven", "klopt NIET", "over de termijn zijn"):
        assert missing not in text
    assert json.loads((path.parent / "algoritmeregister.json").read_text(encoding="utf-8"))["lang"] == "nld"
    facts = accounting.system_facts(settings)
    known = {line.kind for line in facts.kept}
    assert {"spool file", "sighting", "backup", "mail sent", "run of Airflow"} <= known
    assert {word for word in known if f">{word}<" in text} == set()  # each has its words in Dutch
    assert facts.ledger.entries == len(facts.ledger.last)
    assert retention.ROW_DAYS == 23 * 7  # as the page says
