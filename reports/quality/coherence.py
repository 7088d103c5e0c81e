"""Do the printed figures of a release go together? Parts beside wholes, weeks beside blocks, shares beside volumes.

Only printed figures are put side by side: each has its own error and rounding, so that they need not add up.
"""

from datetime import timedelta

from reports import wording
from reports.figures import KINDS, PUBLISHED, Snapshot
from reports.sections import Section, Table, ends

WEEKS = 8


def parts(snapshot: Snapshot, code: str) -> Table:
    """Put the sum of the printed municipalities of an area beside its own printed figure, for the last weeks."""
    members = [area.area_code for area in snapshot.members(code)]
    rows = []
    for whole in reversed(snapshot.series("week", code)[-WEEKS:]):
        found = [snapshot.volume("week", whole.period_start_date, member) for member in members]
        shown = [row.advertiser_count for row in found if row is not None and row.advertiser_count is not None]
        rows.append(
            (
                wording.week_short(whole.period_start_date),
                wording.number(sum(shown)),
                f"{len(shown)} van {len(members)}",
                wording.figure(whole),
                ends(whole),
            )
        )
    name = snapshot.name(code)
    columns = ("Week", "Som van de gemeenten", "Gemeenten met een cijfer", name, "Marge")
    return Table(f"Gemeenten naast {name}", columns, tuple(rows), frozenset({1, 2, 3, 4}), is_open=True)


def blocks(snapshot: Snapshot) -> Table:
    """Put the four weeks of the last block beside the figure of the block."""
    rows = []
    for code in _near(snapshot):
        series = snapshot.series("block", code)
        if not series:
            continue
        whole = series[-1]
        weeks = [snapshot.volume("week", whole.period_start_date + timedelta(weeks=back), code) for back in range(4)]
        shown = [row.advertiser_count for row in weeks if row is not None and row.advertiser_count is not None]
        told = f"{wording.number(min(shown))} tot {wording.number(max(shown))}" if shown else "geen week met een cijfer"
        rows.append(
            (snapshot.name(code), wording.block(whole.period_start_date), told, wording.figure(whole), ends(whole))
        )
    columns = ("Gebied", "Vier weken", "Laagste en hoogste week", "Vier weken samen", "Marge")
    return Table("Weken naast vier weken", columns, tuple(rows), frozenset({2, 3, 4}), is_open=True)


def shares(snapshot: Snapshot) -> Table:
    """Put printed shares beside the printed volumes of the same block; a share of printed volumes is not made anew."""
    block = max((row.block_start_date for row in snapshot.shares), default=None)
    rows = []
    for code in _near(snapshot) if block is not None else ():
        told = snapshot.shares_of(code, block)  # type: ignore[arg-type]
        for kind in KINDS:
            share, volume = told.get(kind), snapshot.volume("block", block, code, kind)  # type: ignore[arg-type]
            if share is not None:
                count = wording.figure(volume) if volume is not None else "niet in deze uitgave"
                margin = wording.share_margin(share.lower_share, share.upper_share)
                shown = share.status_code == PUBLISHED
                rows.append(
                    (snapshot.name(code), wording.SETTINGS[kind], count, wording.share(share), margin if shown else "")
                )
    columns = ("Gebied", "Soort", "Aantal", "Aandeel", "Marge van het aandeel")
    when = f", {wording.block(block)}" if block is not None else ""
    return Table(f"Aandelen naast aantallen{when}", columns, tuple(rows), frozenset({2, 3, 4}), is_open=True)


def last_steps(snapshot: Snapshot) -> str:
    """Say whether the last of the four steps is the printed volume, as it should be."""
    agree = differ = 0
    for step in snapshot.steps:
        volume = snapshot.volume("week", step.week_start_date, step.area_code)
        if step.step_code == "advertisers" and step.step_count is not None and volume is not None:
            same = step.step_count == volume.advertiser_count
            agree, differ = agree + same, differ + (not same)
    if not agree + differ:
        return "De telling van advertentie naar adverteerder is nog niet naast de aantallen te leggen."
    told = f"De laatste stap van die telling is het aantal zelf. Dat klopt in {wording.number(agree)} van de "
    return f"{told}{wording.number(agree + differ)} keer."


def section(snapshot: Snapshot) -> Section:
    """Make the tables with what to keep in mind."""
    tables = [parts(snapshot, snapshot.region), blocks(snapshot), shares(snapshot)]
    held = tuple(table for table in tables if table.rows)
    return Section(
        "samenhang",
        "Samenhang",
        (
            "Hieronder staan uitgegeven cijfers naast elkaar. Ze hoeven niet precies op te tellen.",
            (
                "Elk cijfer is apart geschat, apart beschermd en afgerond op 5. Gemeenten zonder cijfer zitten wel in de "
                "regio, maar niet in de som. En één adverteerder kan in één week in twee gemeenten te zien zijn."
            ),
            (
                "Vier weken samen is meer dan één week: er komen mensen bij en er gaan mensen weg. Het is minder dan de som "
                "van vier weken, want wie blijft, telt één keer."
            ),
            "Een aandeel is gemaakt uit de uitgegeven aantallen. Alleen soorten die bekend zijn, tellen mee.",
            last_steps(snapshot),
            *(() if held else ("In deze uitgave zijn er nog geen cijfers om naast elkaar te leggen.",)),
        ),
        None,
        held,
    )


def _near(snapshot: Snapshot) -> tuple[str, str, str]:
    return snapshot.focus, snapshot.region, "NL"
