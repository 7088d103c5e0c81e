"""Released figures made up by rule: every status, a blind source, a week that changed, months without a block.

No figure here comes from anywhere; they only have to look like a release. `snapshot` gives rows in memory, `insert`
puts the same rows into the release tables.
"""

import math
from dataclasses import astuple, fields, replace
from datetime import date, timedelta
from itertools import pairwise

from reports.figures import (
    DAYS_SHOWN,
    KINDS,
    Alert,
    Area,
    Edition,
    Language,
    Movement,
    Quality,
    Share,
    Snapshot,
    Volume,
)
from warehouse import db
from warehouse.areas import all_areas
from warehouse.calendar import block_start, week_start
from warehouse.protection.rows import Method, PolicyEffectFigure, PolicyEvent, StayFigure, StepFigure

DAY = date(2026, 11, 8)  # a Sunday on which a week and a block end
SOURCES = (("nl_gegevens", "alfa"), ("nl_kaartjes", "alfa"), ("nl_prikbord", "beta"), ("nl_rubriek", "gamma"))
LEVELS = {"GM0153": 95, "GM0164": 45, "GM0141": 35, "GM0173": 15, "CR12": 265, "PV-Overijssel": 330, "NL": 720}
LEVELS |= {"GM0402": 40, "GM0106": 25, "GM0855": 60, "GM0995": 20}
UNRELIABLE = {"GM0193": "too_few_recaptures"}
WITHHELD = {"PV-Drenthe": "complement", "GM1774": "dominance"}


def five(value: float) -> int:
    return 5 * round(value / 5)


def volume(
    period, start, area, setting, level, *, width=0.24, groups=3, completeness=0.98, warnings=("not_calibrated",)
):
    count = five(level)
    if count < 10:
        return hidden(period, start, area, setting, "below_threshold", "below_threshold", groups=groups)
    low, high = 5 * math.floor(count * (1 - width) / 5), 5 * math.ceil(count * (1 + width) / 5)
    low = 0 if low < 10 else low
    floor = five(count * 0.8)
    return Volume(
        period, start, area, setting, "published", "", count, floor if floor >= 10 else None, low, high,
        0.8, groups, completeness, list(warnings),
    )  # fmt: skip


def hidden(period, start, area, setting, status, reason, *, groups=3):
    return Volume(period, start, area, setting, status, reason, None, None, None, None, None, groups, 0.98, [])


def wave(start: date, area: str) -> float:
    return 1 + 0.06 * math.sin(start.toordinal() / 9 + sum(map(ord, area)))


def cell(period, start, area, setting, factor=1.0):
    if area in UNRELIABLE:
        return hidden(period, start, area, setting, "unreliable", UNRELIABLE[area])
    if area in WITHHELD:
        return hidden(period, start, area, setting, "withheld", WITHHELD[area])
    spread = {"day": 1.0, "week": 1.18, "block": 1.6}[period]
    part = {"all": 1.0, "home": 0.6, "club": 0.18, "escort": 0.22}[setting]
    return volume(period, start, area, setting, LEVELS.get(area, 4) * spread * part * factor * wave(start, area))


def areas():
    known = [Area(a.code, a.name, a.level, a.parent, a.population, a.latitude, a.longitude) for a in all_areas()]
    return {area.area_code: area for area in known}


def editions(day, days=3):
    made, before = [], "0" * 64
    for back in reversed(range(days)):
        at = day - timedelta(days=back)
        entry = f"{at.toordinal():064x}"
        attacks = [
            {"attack": "A1", "outcome": "passed", "control": "succeeded", "detail": "no cell bounded"},
            {"attack": "A8", "outcome": "not_run", "control": "not_run", "detail": "no open data yet"},
        ]
        made.append(Edition(at, 1, "1-abc123def456", "0.1", "a" * 64, "b" * 64, before, entry, attacks))
        before = entry
    return made


def snapshot(day=DAY, *, weeks=4, everywhere=True, blind=(), changed=False, blocks=None, shut=None, missing=None):
    """Make a snapshot.

    weeks: whole weeks with figures; blind: days without any figure; changed: the last week is twice as high;
    blocks: number of whole blocks (by default as many as have ended); shut: a source that failed on `day`;
    missing: areas without any row.
    """
    last_week = week_start(day) if day.weekday() == 6 else week_start(day) - timedelta(days=7)
    codes = [
        code for code, area in areas().items() if area.level_code != "state" and code not in {"DE", *(missing or ())}
    ]
    near = [code for code in ("GM0153", "CR12", "NL") if code in codes]
    rows = []
    for back in reversed(range(min(DAYS_SHOWN, weeks * 7 or 3))):
        at = day - timedelta(days=back)
        for code in near:
            if at in blind:
                rows.append(hidden("day", at, code, "all", "unreliable", "low_completeness", groups=1))
            else:
                rows.append(cell("day", at, code, "all"))
    for back in reversed(range(weeks)):
        at = last_week - timedelta(weeks=back)
        factor = 2.0 if changed and back == 0 else 1.0
        for code in codes if everywhere else near:
            rows.append(cell("week", at, code, "all", factor))
            if everywhere and code in near:
                rows += [cell("week", at, code, kind, factor) for kind in KINDS]
    ended = (last_week + timedelta(days=7) - block_start(day)).days // 28
    count = ended if blocks is None else blocks
    newest = block_start(day) if ended else block_start(day) - timedelta(days=28)
    shares, moves = [], []
    for back in reversed(range(count)):
        at = newest - timedelta(days=28 * back)
        if everywhere:
            rows += [cell("block", at, code, kind) for code in codes for kind in ("all", *KINDS)]
        shares += [row for code in (codes if everywhere else near) for row in shares_of(at, code)]
        moves += moves_of(at)
    return Snapshot(
        day=day,
        editions=editions(day),
        areas=areas(),
        volumes=rows,
        shares=shares,
        movements=moves,
        quality=[
            quality(day - timedelta(days=back), source, group, shut)
            for back in reversed(range(min(DAYS_SHOWN, weeks * 7 or 3)))
            for source, group in SOURCES
        ],
        alerts=alerts(last_week, weeks, newest, count, changed=changed),
        stays=stays(day) if count else (),
        steps=[row for back in reversed(range(weeks)) for row in steps(last_week - timedelta(weeks=back))],
        events=EVENTS,
        effects=effects(day),
        methods=METHODS,
    )


def alerts(last_week, weeks, newest, blocks, *, changed):
    """Say nothing changed, but for the last week of Enschede and Twente if so asked; the first three are too few."""
    made = []
    for back in reversed(range(weeks)):
        at = last_week - timedelta(weeks=back)
        status = "higher" if changed and back == 0 else "no_demonstrable_change"
        for code in ("CR12", "GM0153"):
            if weeks - back < 4:
                made.append(Alert("week", at, code, "level", "not_comparable", "too_few_periods", None, 1))
            else:
                made.append(Alert("week", at, code, "level", status, "", at if status == "higher" else None, 1))
    for back in reversed(range(blocks)):
        at = newest - timedelta(days=28 * back)
        made += [
            Alert("block", at, "GM0153", series, "no_demonstrable_change", "", None, 1)
            for series in ("arrivals", "departures")
        ]
    return sorted(made, key=lambda row: (row.period_start_date, row.area_code, row.series_code))


def shares_of(start, area):
    if LEVELS.get(area, 4) < 30 or area in UNRELIABLE or area in WITHHELD:
        status, reason = (
            ("unreliable", "part_unreliable") if area in UNRELIABLE else ("below_threshold", "below_threshold")
        )
        return [Share(start, area, kind, status, reason, None, None, None) for kind in KINDS]
    base = [("home", 0.61, 0.5, 0.71), ("club", 0.17, 0.1, 0.27), ("escort", 0.22, 0.14, 0.32)]
    made = [Share(start, area, kind, "published", "", point, low, high) for kind, point, low, high in base]
    if area == "GM0141":
        made[1] = Share(start, area, "club", "withheld", "part_withheld", None, None, None)
    return made


def moves_of(start):
    def move(origin, destination, count, low, high):
        return Movement(start, origin, destination, "published", "", count, low, high, [])

    def none(origin, destination, status, reason):
        return Movement(start, origin, destination, status, reason, None, None, None, [])

    return [
        move("GM0164", "GM0153", 20, 10, 35),
        move("GM0141", "GM0153", 15, 0, 25),
        none("CR12R", "GM0153", "below_threshold", "below_threshold"),
        move("NLX", "GM0153", 25, 10, 45),
        *(none(origin, "GM0153", "withheld", "rolled_up") for origin in ("OVX", "PV-Gelderland", "PVX")),
        none("DE", "GM0153", "below_threshold", "below_threshold"),
        move("NEW", "GM0153", 30, 15, 55),
        move("GM0153", "CR12X", 15, 0, 30),
        *(none("GM0153", end, "withheld", "rolled_up") for end in ("GM0164", "GM0141", "CR12R")),
        move("GM0153", "PVX", 20, 10, 40),
        none("GM0153", "PV-Gelderland", "below_threshold", "below_threshold"),
        none("GM0153", "OVX", "below_threshold", "below_threshold"),
        none("GM0153", "DE", "unreliable", "not_identifiable"),
        move("GM0153", "EXIT", 35, 20, 60),
        *(none(origin, "GM0164", "withheld", "rolled_up") for origin in ("OVX", "PV-Gelderland", "PVX", "DE")),
        move("CR12X", "CR12X", 30, 15, 50),
        move("NLX", "CR12X", 45, 25, 70),
        none("DE", "CR12X", "below_threshold", "below_threshold"),
        move("NEW", "CR12X", 40, 20, 65),
        move("CR12R", "NLX", 25, 10, 40),
        move("GM0141", "NLX", 15, 0, 30),
        none("GM0153", "NEW", "below_threshold", "below_threshold"),
    ][:-1]


def stays(day):
    """The quarter before that of `day`: every kind of figure, every status."""
    month = 3 * ((day.month - 1) // 3) + 1
    start = (day.replace(month=month, day=1) - timedelta(days=1)).replace(day=1)
    start = start.replace(month=start.month - 2)

    def share(area, figure, part, whole, low, high):
        point = round(part / whole, 2)
        return StayFigure(start, area, figure, "published", "", point, low, high, part, whole)

    def length(area, figure, value, low, high):
        return StayFigure(start, area, figure, "published", "", stay_count=value, lower_count=low, upper_count=high)

    return [
        share("CR12", "one_place_share", 85, 120, 0.6, 0.8),
        share("CR12", "new_to_region_share", 40, 60, 0.5, 0.8),
        share("CR12", "return_share", 10, 25, 0.2, 0.65),
        share("ALLX", "carousel_share", 15, 230, 0.03, 0.11),
        length("ALLX", "dwell_median_weeks", 3, 2, 4),
        length("GM0153", "dwell_lower_quartile_days", 10, 5, 15),
        length("GM0153", "dwell_lower_quartile_weeks", 1, 1, 2),
        length("GM0153", "dwell_median_days", 25, 20, 40),
        length("GM0153", "dwell_median_weeks", 4, 2, 6),
        StayFigure(start, "GM0153", "dwell_upper_quartile_days", "unreliable", "too_few_ended"),
        StayFigure(start, "GM0153", "dwell_upper_quartile_weeks", "unreliable", "too_few_ended"),
        share("GM0153", "one_place_share", 40, 65, 0.45, 0.75),
        StayFigure(start, "GM0164", "dwell_median_weeks", "withheld", "small_side"),
    ]


def steps(week):
    """From advertisements to advertisers of the region, and of the country without the last."""

    def step(area, code, count, unit, deflator):
        ends = (count - unit, count + unit)
        more = () if deflator is None else (deflator, round(deflator - 0.05, 2), round(deflator + 0.05, 2))
        return StepFigure(week, area, code, "published", "", count, *ends, unit, *more)

    return [
        step("CR12", "advertisements", 500, 25, None),
        step("CR12", "distinct", 375, 25, 0.75),
        step("CR12", "identities", 240, 5, 0.64),
        step("CR12", "advertisers", 315, 5, 1.31),
        step("NL", "advertisements", 1400, 100, None),
        step("NL", "distinct", 1100, 100, 0.79),
        step("NL", "identities", 650, 5, 0.59),
        StepFigure(week, "NL", "advertisers", "unreliable", "too_few_recaptures"),
    ]


EVENTS = [
    PolicyEvent(
        "GM0106-1", "GM0106", date(2019, 1, 1), "year", "Nieuw beleid voor thuiswerk", "tightened", "Raadsbrief"
    ),
    PolicyEvent("GM0153-1", "GM0153", None, "unknown", "Handhaving op vergunningen", "other", "Raadsbrief"),
    PolicyEvent("GM0153-2", "GM0153", date(2026, 3, 2), "day", "Proef met meldplicht", "tightened", "Collegebesluit"),
    PolicyEvent("GM0402-1", "GM0402", date(2026, 3, 9), "day", "Verbod op thuiswerk", "tightened", "Raadsbesluit"),
]
METHODS = [
    Method("delta", "", "0.1", None),
    Method("draws", "", "400", None),
    Method("estimator", "", "4", None),
    Method("ghost_lag", "nl_rubriek", "audited", 30),
    Method("kappa", "", "not_audited", None),
    Method("lost_link", "", "audited", 12),
    Method("seed", "", "1", None),
    Method("shared_identity", "", "not_audited", None),
]


def effects(day):
    """No effect, an effect with displacement, a refusal and a setting of the region."""

    def effect(event, outcome, area, *, ratio, ends, change=None, near=None, told, verdict="", moved=None):
        return PolicyEffectFigure(
            event, day, outcome, area, "published", "", told, verdict, ratio, *ends, 0.7, 1.4,
            *(change or (None, None, None)), ["GM0141", "GM0164"] if near else [], *(near or (None, None, None)),
            moved, 90, 26, 20, 340, 17,
        )  # fmt: skip

    return [
        PolicyEffectFigure(
            "GM0106-1", day, "all", "GM0106", "unreliable", "event_date_unknown", "", "", *([None] * 8), [],
            *([None] * 4), 0, 0, 0, 0, 0,
        ),
        effect(
            "GM0153-2", "all", "GM0153", ratio=0.95, ends=(0.8, 1.15), told="no_demonstrable_effect",
            verdict="cannot_tell",
        ),
        effect("GM0153-2", "home", "CR12", ratio=0.9, ends=(0.75, 1.1), told="no_demonstrable_effect"),
        effect(
            "GM0402-1", "all", "GM0402", ratio=0.6, ends=(0.45, 0.75), change=(-25, -40, -10), near=(20, 0, 35),
            told="lower", verdict="displacement", moved=0.8,
        ),
    ]  # fmt: skip


def languages(blocks, area="CR12"):
    """Languages of advertisement texts in a region: printed, too small, withheld, the rest and not told."""
    counts = [("de", 25), ("en", 45), ("es", 20), ("nl", 95), ("other", 15), ("ro", 15), ("und", 20)]
    made = []
    for block in blocks:
        made += [Language(block, area, code, "published", "", count) for code, count in counts]
        made.append(Language(block, area, "pt", "withheld", "secondary", None))
        made.append(Language(block, area, "hu", "below_threshold", "below_threshold", None))
    return sorted(made, key=lambda row: (row.block_start_date, row.area_code, row.language_code))


def quality(day, source, group, shut):
    number = day.toordinal() + len(source)
    if shut == source and day == DAY:
        return Quality(day, source, group, "failed", "http_503", 0.0)
    if number % 23 == 0:
        return Quality(day, source, group, "thin", "index_pages_missing", 0.71)
    if number % 37 == 0:
        return Quality(day, source, group, "refused", "robots_disallow", 0.0)
    return Quality(day, source, group, "ok", "", 0.99)


def dressed(made: Snapshot, text: str) -> Snapshot:
    """Put `text` into every free text that a release holds."""
    return replace(
        made,
        areas={code: replace(area, area_name=text + area.area_name) for code, area in made.areas.items()},
        editions=[replace(e, ruleset_version=text, estimator_version=text) for e in made.editions],
        volumes=[
            replace(row, warnings=[text], reason_code=row.reason_code and row.reason_code + text)
            for row in made.volumes
        ],
        shares=[replace(row, reason_code=row.reason_code and text) for row in made.shares],
        movements=[replace(row, reason_code=row.reason_code and text, warnings=[text]) for row in made.movements],
        events=[replace(row, event_name=text + row.event_name, source_name=text) for row in made.events],
        effects=[replace(row, reason_code=row.reason_code and text) for row in made.effects],
        stays=[replace(row, reason_code=row.reason_code and text) for row in made.stays],
        steps=[replace(row, reason_code=row.reason_code and text) for row in made.steps],
        methods=[replace(row, source_code=row.source_code and text, value_name=text) for row in made.methods],
        languages=[replace(row, reason_code=row.reason_code and text) for row in made.languages],
        alerts=[replace(row, status_code="not_comparable", reason_code=text, since_date=None) for row in made.alerts],
        quality=[
            replace(row, reason_code=text, source_code=row.source_code + text, state_code="thin")
            for row in made.quality
        ],
    )


_TYPES = {"date": "date", "int": "integer", "float": "double precision", "str": "text", "list[str]": "text[]"}


def insert(conn: db.Connection, made: Snapshot) -> None:
    """Put the rows of a snapshot into the release tables, as the release of its day."""
    tail = {"version_number": "integer", "vintage_date": "date"}
    sets = (
        ("release.area", Area, list(made.areas.values()), {}),
        ("release.volume", Volume, made.volumes, tail),
        ("release.setting_share", Share, made.shares, tail),
        ("release.movement", Movement, made.movements, tail),
        ("release.quality_day", Quality, made.quality, tail),
        ("release.alert", Alert, made.alerts, tail),
        ("release.stay", StayFigure, made.stays, tail),
        ("release.count_step", StepFigure, made.steps, tail),
        ("release.policy_event", PolicyEvent, made.events, tail),
        ("release.policy_effect", PolicyEffectFigure, made.effects, tail),
        ("release.method", Method, made.methods, tail),
        ("release.language", Language, made.languages, tail),
    )
    columns = dict.fromkeys((f.name for f in fields(Edition)), "text")
    columns |= {
        "vintage_date": "date",
        "version_number": "integer",
        "attacks": "jsonb",
        "kind_code": "text",
        "request": "jsonb",
    }
    records = [(*astuple(e)[:-1], db.Json(e.attacks), "daily", db.Json({})) for e in made.editions]
    assert all(later.previous_digest == earlier.entry_digest for earlier, later in pairwise(made.editions))
    with db.transaction(conn):  # the database asks of figures that their release is in the ledger
        db.copy_in(conn, "release.edition", columns, records)
        for table, kind, rows, more in sets:
            columns = {f.name: _sql(f.type) for f in fields(kind)}
            extra = (1, made.day) if more else ()
            db.copy_in(conn, table, columns | more, ((*astuple(row), *extra) for row in rows))


def _sql(kind) -> str:
    text = str(kind) if not str(kind).startswith("typing.Literal") else "str"
    text = text.replace(" | None", "").replace("<class '", "").replace("'>", "").replace("datetime.", "")
    return _TYPES[text]


def correct(conn: db.Connection, made: Snapshot, volumes=(), movements=()) -> None:
    """Release the day of a snapshot a second time, with these rows as what was corrected."""
    last = made.edition
    edition = replace(last, version_number=2, previous_digest=last.entry_digest, entry_digest="f" * 64)
    columns = dict.fromkeys((f.name for f in fields(Edition)), "text") | {
        "vintage_date": "date", "version_number": "integer", "attacks": "jsonb", "kind_code": "text", "request": "jsonb",
    }  # fmt: skip
    tail = {"version_number": "integer", "vintage_date": "date"}
    with db.transaction(conn):
        entry = (*astuple(edition)[:-1], db.Json(edition.attacks), "daily", db.Json({}))
        db.copy_in(conn, "release.edition", columns, [entry])
        for table, kind, rows in (("release.volume", Volume, volumes), ("release.movement", Movement, movements)):
            names = {f.name: _sql(f.type) for f in fields(kind)}
            db.copy_in(conn, table, names | tail, ((*astuple(row), 2, made.day) for row in rows))
