"""The audit of a real installation: it looks through everything that is kept, and says so in the ledger."""

from contextlib import closing
from functools import partial

import pytest

from advertentiemonitor import publishing
from advertentiemonitor.errors import DumpFailed
from warehouse import db
from warehouse.audit import Evidence

pytestmark = pytest.mark.full  # an installation takes a minute to make


def test_the_audit_looks_everywhere_and_enters_what_it_found(installation, monkeypatch):
    monkeypatch.setattr(publishing, "NUMBERS_TRIED", 300)
    monkeypatch.setattr(publishing, "Evidence", partial(Evidence, trials=0))
    found = publishing.audit(installation.settings)
    results = {result.code: result for result in found.results}
    brute_force = results["A6"]
    assert brute_force.outcome == "passed", brute_force
    assert brute_force.measures["dumps"] == 2
    assert brute_force.measures["files"] > 500
    assert results["A5"].outcome == "passed", results["A5"]
    leak = installation.settings.root / "careless"
    leak.write_text(f"bel {publishing.BLOCKS['NL'].number(7)}")
    try:
        again = publishing.audit(installation.settings)
    finally:
        leak.unlink()
    assert again.has_failed
    assert {result.code: result for result in again.results}["A6"].cells == ("careless: number in plain",)


def test_a_number_in_a_table_is_in_the_dump(installation):
    with closing(db.connect(installation.server.dsn("owner"))) as conn:
        db.script(conn, "CREATE TABLE est.slip (note text); INSERT INTO est.slip VALUES ('bel +31620000005')")
        try:
            with publishing.dump(installation.server, "owner") as stream:
                assert b"bel +31620000005" in stream.read()
        finally:
            db.script(conn, "DROP TABLE est.slip")


def test_a_dump_that_fails_is_told(installation):
    with pytest.raises(DumpFailed, match="doctor"), publishing.dump(installation.server, "analist") as stream:
        stream.read()
