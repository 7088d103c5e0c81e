"""Nothing but the release writes figures: looked for in the sources and asked of the running database."""

import re
from pathlib import Path
from typing import Any

import warehouse

ROOT = Path(warehouse.__file__).parent
ROOMS = ("advertentiemonitor", "spiders", "nlp", "reports", "simulation", "warehouse", "dags")
WRITES = re.compile(r"(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE|COPY)\s+release\.", re.IGNORECASE)
CALLS = re.compile(r"(append|copy_in|copy|execute)\([^)]*f?[\"\']release\.", re.DOTALL)
# Who writes, and what of it: figures, the ledger of them, and open data with its own.
WRITERS = {"warehouse/release.py", "warehouse/open_data.py"}
QUERIES = re.compile(r"(release|open)_[a-z_]+\.sql")
RIGHTS = """
    SELECT DISTINCT g.rolname
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'release'
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    JOIN pg_roles AS g ON g.oid = a.grantee
    WHERE c.relkind IN ('r', 'p') AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND a.grantee <> c.relowner
"""
PUBLIC = """
    SELECT p.proname
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'release'
    WHERE p.prosecdef AND has_function_privilege('analist', p.oid, 'EXECUTE')
    ORDER BY p.proname
"""


def sources() -> list[Path]:
    top = ROOT.parent
    return [path for room in ROOMS if (top / room).is_dir() for path in sorted((top / room).rglob("*.py"))]


def test_only_the_release_writes_figures() -> None:
    found = {
        str(path.relative_to(ROOT.parent))
        for path in sources()
        if WRITES.search(text := path.read_text()) or CALLS.search(text)
    }
    assert found == WRITERS
    queries = {path.name for path in (ROOT / "queries").glob("*.sql") if WRITES.search(path.read_text())}
    assert queries
    assert all(QUERIES.fullmatch(name) for name in queries)


def test_a_writer_elsewhere_would_be_found() -> None:
    assert WRITES.search("merge into\n  release.volume AS v")
    assert CALLS.search('db.append(\n    conn, f"release.{table}", columns, rows)')


def test_only_the_releaser_may_write_and_readers_have_one_gate(database: Any) -> None:
    with database.connect() as owner:
        assert [row[0] for row in owner.execute(RIGHTS.encode())] == ["releaser"]
        # The other one gives numbers of versions, and no figure (0142).
        assert [row[0] for row in owner.execute(PUBLIC.encode())] == ["last_versions", "tabulate"]
