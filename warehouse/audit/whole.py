"""The whole audit: all attacks, over all releases, and over whatever keys, rows and files it is given."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from warehouse import db
from warehouse.audit import battery, brute_force, budget, membership, rekeying
from warehouse.audit.averaging import Answers
from warehouse.audit.reading import (
    earlier_figures,
    estimates_of,
    reader_columns,
    released,
    released_areas,
    truth_behind,
    view_of,
)
from warehouse.audit.results import AttackResult, judged, not_run
from warehouse.audit.view import printed
from warehouse.errors import NotAllowed
from warehouse.protection.rules import RULESET_VERSION
from warehouse.store import Place

_BATCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the audit may look through besides the releases.

    Attributes:
        folders: state folder, exchange, logs and the server's files, for A6; folders named `keys` are left out.
        dumps: reads all rows of each database, piece by piece, by the name that a hit is told by.
        numbers: numbers (E.164) to try, at least four; those of a simulated block.
        texts: planted names and sentences to look for.
        trials: neighbouring worlds for A7; 0 leaves it out, and A8 with it. 2,000 is full size.
    """

    folders: Sequence[Place] = ()
    numbers: Sequence[str] = ()
    texts: Sequence[str] = ()
    trials: int = 400
    dumps: Mapping[str, Callable[[], Iterable[bytes]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Edition:
    vintage_date: date
    version_number: int


def run(conn: db.Connection, evidence: Evidence | None = None) -> list[AttackResult]:
    """Attack everything that was released so far.

    Args:
        conn: a role that may read `release` and `est` (releaser, owner); with `core` as well, A5 runs too.
        evidence: files, numbers and trials for the attacks that need them.

    Returns:
        One result for each of A1 to A10, in that order. What could not run says so and why; it is never passed.
    """
    given = evidence or Evidence()
    found = {result.code: result for result in _releases(conn)}
    found["A5"] = _rekeying(conn)
    found["A6"] = _brute_force(conn, given)
    found["A7"] = _membership(given.trials)
    found["A8"] = budget.attack(conn) if given.trials > 0 else not_run("A8", "no trials were asked for")
    return [found[code] for code in sorted(found, key=lambda code: int(code[1:]))]


def _releases(conn: db.Connection) -> list[AttackResult]:
    editions = db.rows(conn, "audit_editions", _Edition)
    if not editions:
        codes = [f"A{number}" for number in range(1, 11)]
        return [not_run(code, "nothing has been released yet") for code in codes]
    parents = {code: area.parent_code for code, area in released_areas(conn).items() if area.level_code != "state"}
    columns = reader_columns(conn)
    rulesets = dict(db.tuples(conn, "audit_rulesets"))
    rounds = [
        [_dated(result, rulesets[edition.vintage_date]) for result in _release(conn, edition, parents, columns).results]
        for edition in editions
    ]
    return [_merged([results[place] for results in rounds]) for place in range(len(rounds[0]))]


def _release(
    conn: db.Connection,
    edition: _Edition,
    parents: Mapping[str, str | None],
    columns: Mapping[str, Iterable[tuple[str, str]]],
) -> battery.Attempt:
    figures = released(conn, edition.vintage_date, edition.version_number)
    return battery.before_release(
        view_of(conn, figures, parents, but=(edition.vintage_date, edition.version_number)),
        estimates_of(conn, edition.vintage_date),
        columns,
        _asker(conn, edition),
        truth_behind(conn, [row.cell for row in figures.volumes]),
    )


def _dated(result: AttackResult, ruleset: str) -> AttackResult:
    """Say of what an attack recovers whether it was released under the rules of today: these may ask for more."""
    if ruleset == RULESET_VERSION or not result.cells:
        return result
    return replace(result, cells=tuple(f"{cell} (released under rules {ruleset})" for cell in result.cells))


def _asker(conn: db.Connection, edition: _Edition) -> Callable[[], Answers]:
    """Ask the database itself, as a reader would, for the day's total cells."""

    def ask() -> Answers:
        return printed(earlier_figures(conn, [("day", edition.vintage_date)]))

    return ask


def _merged(results: Sequence[AttackResult]) -> AttackResult:
    """Take the results of one attack on several releases together: one failure is a failure."""
    worst = next((result for result in results if result.outcome != "passed"), results[0])
    return AttackResult(
        code=worst.code,
        outcome=worst.outcome,
        checked=sum(result.checked for result in results),
        cells=tuple(cell for result in results for cell in result.cells),
        reason=worst.reason,
        is_control_won=all(result.is_control_won for result in results),
        measures=worst.measures,
    )


def _rekeying(conn: db.Connection) -> AttackResult:
    try:
        rows = db.tuples(conn, "audit_pseudonyms")
    except NotAllowed:
        return not_run("A5", "this role may not read pseudonyms: run the audit as owner")
    if not rows:
        return not_run("A5", "no pseudonyms are kept")
    sets: dict[tuple[str, str], set[bytes]] = {}
    for purpose, epoch, value in rows:
        sets.setdefault((purpose, epoch), set()).add(bytes(value))
    epochs = {epoch for purpose, epoch in sets if purpose != "key check"}
    outlived = [f"the bridge from {epoch} outlives its key" for (epoch,) in db.tuples(conn, "audit_bridges")]
    return judged(
        "A5",
        checked=len(rows),
        cells=(*rekeying.joined(sets), *outlived),
        is_control_won=rekeying.is_control_won(),
        measures={"epochs": len(epochs)},
    )


def _brute_force(conn: db.Connection, given: Evidence) -> AttackResult:
    if len(given.numbers) < 4 or not given.folders:
        return not_run("A6", "no folders or numbers were given to try")
    needles = {**brute_force.needles_of_numbers(given.numbers), **brute_force.needles_of_texts(given.texts)}
    haystack = brute_force.Haystack(needles)
    hits, files = brute_force.scan_files(haystack, given.folders)
    for name, dump in given.dumps.items():
        hits |= haystack.scan_pieces(f"dump {name}", dump())
    for table, content in _tables(conn):
        hits |= haystack.scan(f"table {table}", content)
    return judged(
        "A6",
        checked=len(given.numbers) + len(given.texts),
        cells=tuple(sorted(map(str, hits))),
        is_control_won=brute_force.is_control_won(given.numbers),
        measures={"files": files, "dumps": len(given.dumps), "needles": len(needles)},
    )


def _tables(conn: db.Connection) -> Iterator[tuple[str, bytes]]:
    """Give all rows that this role can read as text (bytea in hexadecimal), some thousands at a time."""
    for (table,) in db.tuples(conn, "audit_tables"):
        with db.transaction(conn), conn.cursor() as cursor:
            cursor.execute(f"SELECT t::text FROM {table} AS t".encode())  # noqa: S608 - names quoted by the catalogue
            while rows := cursor.fetchmany(_BATCH):
                yield table, "\n".join(row[0] for row in rows).encode()


def _membership(trials: int) -> AttackResult:
    if trials <= 0:
        return not_run("A7", "no trials were asked for")
    return membership.attack(b"a key that the attacker has not!", trials)
