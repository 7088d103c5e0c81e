"""An audit of identities on a synthetic market, blinded: by a script that knows the truth, or by a person.

    python -P benchmarks/keeping/linking_audit.py                          how well the scripted audit's intervals cover
    python -P benchmarks/keeping/linking_audit.py --sheets FOLDER          write sheets for a person to judge
    python -P benchmarks/keeping/linking_audit.py --answers FOLDER         score what the person filled in

A sheet is a CSV file: fill in the column `person` with any name for each person, the same for listings of the same
person; `-` for a fake. The texts are of the synthetic market. For live sources no file is written: docs/linking.md.
"""

import argparse
import csv
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import markets  # noqa: E402

from warehouse import db  # noqa: E402
from warehouse.linkage_audit import Audit, Candidate, Interval, Sheet, draw, judge  # noqa: E402

IDENTITIES = 300


def sheets_of(made: markets.Market, number: dict[markets.Handle, int], seed: int, *, beside: int) -> list[Sheet]:
    """Draw; listings can be one person's where they name a municipality in common."""
    handle_of = {made.keys.listing(*handle): handle for handle in number}
    places: dict[markets.Handle, set[str]] = {handle: set() for handle in number}
    for rows in made.rows.values():
        for row in rows:
            if row.listing_key in handle_of:
                places[handle_of[row.listing_key]].update(row.area_codes)
    candidates = [Candidate(handle, number[handle], frozenset(places[handle])) for handle in sorted(number)]
    return draw(candidates, IDENTITIES, seed, beside)


def scripted(made: markets.Market, number: dict[markets.Handle, int], seed: int) -> Audit:
    """Audit by one who knows the truth and gets all listings of the same municipalities to see."""
    sheets = sheets_of(made, number, seed, beside=10_000)
    return judge(sheets, [{handle: made.owner(handle) for handle in sheet.handles} for sheet in sheets])


def truth(made: markets.Market, number: dict[markets.Handle, int]) -> tuple[float, float, float]:
    """Give kappa, false and missed links as they are."""
    owners: dict[int | tuple, list[int]] = {}
    members: dict[int, list[int | tuple]] = {}
    for handle, identity in number.items():
        who = made.owner(handle)
        owner = ("fake", handle) if who is None else who
        owners.setdefault(owner, []).append(identity)
        members.setdefault(identity, []).append(owner)
    people = sum(not isinstance(owner, tuple) for owner in owners)
    linked = sum(len(each) * (len(each) - 1) / 2 for each in members.values())
    own = sum(len(each) * (len(each) - 1) / 2 for each in owners.values())
    right = sum(each.count(owner) * (each.count(owner) - 1) / 2 for each in members.values() for owner in set(each))
    return people / len(members), 1 - right / linked, 1 - right / own


def kept(conn: db.Connection, seed: int) -> tuple[markets.Market, dict[markets.Handle, int]]:
    made = markets.market(seed, generic=0.02)
    with db.transaction(conn, rollback=True):
        last = date.min
        for day in made.keep(conn):
            last = day
        return made, markets.identities(conn, made, last)


def show(name: str, said: Interval, true: float) -> None:
    inside = "inside" if said.lower <= true <= said.upper else "OUTSIDE"
    print(f"  {name:<14} {said.point:.3f} ({said.lower:.3f} to {said.upper:.3f}), in truth {true:.3f}: {inside}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=201)
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--answers", type=Path)
    asked = parser.parse_args()
    with bench.warehouse() as server, db.connect(server.dsn("owner")) as conn:
        if asked.sheets or asked.answers:
            made, number = kept(conn, asked.seed)
            sheets = sheets_of(made, number, asked.seed, beside=20)
            if asked.sheets:
                write(asked.sheets, sheets, made)
            else:
                audit = judge(sheets, [answers(asked.answers, n, sheet) for n, sheet in enumerate(sheets)])
                for name in ("kappa", "false_links", "missed_links"):
                    said = getattr(audit, name)
                    print(f"  {name:<14} {said.point:.3f} ({said.lower:.3f} to {said.upper:.3f})")
            return
        for seed in range(asked.seed, asked.seed + asked.worlds):
            made, number = kept(conn, seed)
            audit = scripted(made, number, seed)
            kappa, false, missed = truth(made, number)
            print(f"world {seed}: {audit.identities} identities judged")
            show("kappa", audit.kappa, kappa)
            show("false links", audit.false_links, false)
            show("missed links", audit.missed_links, missed)


def write(folder: Path, sheets: list[Sheet], made: markets.Market) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for n, sheet in enumerate(sheets):
        with (folder / f"{n:03d}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("number", "person", "title", "text", "contact", "place"))
            for k, handle in enumerate(sheet.handles):
                ad = made.shown[handle]
                rows.writerow((k, "", ad.title, ad.body, ad.contact or "", ad.place or ""))


def answers(folder: Path, n: int, sheet: Sheet) -> dict:
    with (folder / f"{n:03d}.csv").open(newline="", encoding="utf-8") as file:
        told = {int(row["number"]): row["person"].strip() for row in csv.DictReader(file)}
    return {handle: None if told[k] == "-" else told[k] for k, handle in enumerate(sheet.handles) if told.get(k)}


if __name__ == "__main__":
    main()
