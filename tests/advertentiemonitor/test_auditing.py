"""The audit of a real installation: it looks through everything that is kept, and says so in the ledger."""

from contextlib import closing
from functools import partial

import pytest

from advertentiemonitor import publishing
from warehouse import db
from warehouse.audit import Evidence
from warehouse.audit.brute_force import Haystack, needles_of_numbers
from warehouse.errors import DatabaseFailed

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
    """In any schema, as text, in JSON or in bytes; from all rows, though they do not fit in one piece."""
    with closing(db.connect(installation.server.dsn("owner"))) as conn:
        db.script(
            conn,
            """
            CREATE TABLE est.slip (note text, more jsonb, raw bytea);
            INSERT INTO est.slip SELECT repeat('x', 500), '{}', '' FROM generate_series(1, 5000);
            INSERT INTO est.slip VALUES ('bel +31620000005', '{"a": ["+31620000006"]}', '+31620000007');
            """,
        )
        try:
            pieces = list(publishing.dump(installation.server, "owner"))
        finally:
            db.script(conn, "DROP TABLE est.slip")
    assert max(map(len, pieces)) < 2_000_000
    said = b"".join(pieces)
    assert said.count(b"x" * 500) == 5000
    for each in (
        b"bel +31620000005",
        b"+31620000006",
        b"+31620000007".hex().encode(),
        b"\ncore.listing\n",
        b"\npublic.",
    ):
        assert each in said
    hits = Haystack(needles_of_numbers([f"+3162000000{n}" for n in (5, 6, 7, 8)])).scan_pieces("dump", pieces)
    assert {hit.form for hit in hits} >= {"number in plain"}


def test_a_role_that_may_not_read_all_gives_no_half_dump(installation):
    with pytest.raises(DatabaseFailed, match="42501"):
        list(publishing.dump(installation.server, "analist"))
