"""The accountability pack for a data protection officer: a folder with a page, files for programs and the quality report.

What a reader's role cannot see (register of sources, keys, receipts, what is kept) is handed over by the front door as
`SystemFacts`; what was not handed over is said to be missing, never made up.
"""

import csv
import io
import secrets
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from markupsafe import Markup

from reports import pages, quality, wording
from reports.accountability import algorithm, receipts, record
from reports.accountability.facts import NO_FACTS, SystemFacts
from reports.errors import ReportNotWritten
from reports.figures import Snapshot
from reports.files.downloads import cell
from reports.loading import load_dashboard
from reports.outbox import write_atomically
from reports.quality.proof import attacks_section
from reports.sections import Section, Table, source_line
from warehouse import db

PAGE, QUALITY, ALGORITHM, LEDGER = "index.html", "kwaliteit.html", "algoritmeregister.json", "grootboek.csv"
_FILES = (
    (QUALITY, "het kwaliteitsrapport van deze uitgave"),
    (ALGORITHM, "de tekst voor het Algoritmeregister, voor een programma"),
    (LEDGER, "de laatste regels van het grootboek, met hele controlegetallen"),
)


def build(
    conn: db.Connection,
    out: Path,
    *,
    facts: SystemFacts = NO_FACTS,
    day: date | None = None,
    contact: str = "",
    notice: str = "",
) -> Path:
    """Write the accountability pack of a release (the last when `day` is None) as the folder `out`; give its page.

    The folder appears whole or not at all. One of that name is replaced by the new one, with all that lies in it.

    Raises:
        NothingReleased: there is no release (on that day).
        ReportNotWritten: the folder cannot be written; what was there is untouched.
    """
    put(out, render(load_dashboard(conn, day), facts, contact=contact, notice=notice))
    return out / PAGE


def render(snapshot: Snapshot, facts: SystemFacts, *, contact: str = "", notice: str = "") -> dict[str, bytes]:
    """Make the files of the pack, by name. The same snapshot and facts always give the same bytes."""
    entry = algorithm.fields(facts, contact)
    made = pages.page(
        "report",
        pages.style(*quality.STYLES),
        title=f"Verantwoording {wording.day_plain(snapshot.day)}",
        lead=(
            "Wat dit systeem verwerkt, waarom, hoe lang en hoe het is beschermd. De feiten komen uit het systeem zelf. "
            "Wat alleen de organisatie weet, staat er als ‘nog in te vullen’."
        ),
        sections=[
            _guide(facts),
            record.record(snapshot, facts, contact),
            record.dpia(facts),
            algorithm.section(entry),
            receipts.sources(facts),
            receipts.retention(facts),
            receipts.keys(facts),
            receipts.receipts(facts),
            attacks_section(snapshot),
            receipts.ledger(facts),
        ],
        contact=contact,
        notice=notice,
        edition=source_line(snapshot).removeprefix("Bron: "),
    )
    return {
        PAGE: made.encode(),
        QUALITY: quality.render(snapshot, contact=contact, notice=notice),
        ALGORITHM: algorithm.as_json(entry),
        LEDGER: _csv(receipts.ledger_rows(facts.ledger)),
    }


def put(out: Path, content: Mapping[str, bytes]) -> None:
    """Put files into the folder `out`: it is made beside its place, and moved there when it is whole.

    Raises:
        ReportNotWritten: it cannot be written; what was there is untouched.
    """
    mark = secrets.token_hex(6)
    draft, old = (out.with_name(f".{out.name}.{mark}.{word}") for word in ("new", "old"))
    try:
        for name, data in content.items():
            write_atomically(draft / name, data)
        if out.is_dir():
            out.rename(old)
        try:
            draft.rename(out)
        except OSError:
            if old.is_dir():
                old.rename(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise ReportNotWritten(str(out.parent), error.strerror or type(error).__name__) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _guide(facts: SystemFacts) -> Section:
    rows = tuple((Markup('<a href="{0}">{0}</a>').format(name), what) for name, what in _FILES)
    when = f"De feiten uit het systeem zijn van {wording.day_plain(facts.on)}. " if facts.on else ""
    return Section(
        "wegwijzer",
        "Wat zit er in deze map?",
        (
            f"{when}In geen enkel bestand staat een persoon, een pseudoniem of een sleutel.",
            "Bewaar de map bij de DPIA. Een nieuwe uitgave geeft een nieuwe map.",
        ),
        None,
        (Table("Bestanden", ("Bestand", "Inhoud"), rows, is_open=True),),
    )


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
