"""A small market with known truth in a real database: what is estimated, what is refused, and that it stays the same."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from warehouse import calibration, db, estimation, hiding
from warehouse.again import again
from warehouse.areas import state_of
from warehouse.errors import WrongUse
from warehouse.estimates.calibration import Audit
from warehouse.estimates.capture_recapture import DELTA
from warehouse.estimates.errors import NotLinked
from warehouse.estimates.external import ExternalList
from warehouse.flows import flow_pairs, wide_flows

FIRST = date(2026, 10, 12)
LAST = date(2026, 11, 8)
DAYS = 28
SOURCES = {"nl_een": "alfa", "nl_twee": "beta", "nl_drie": "gamma"}
TOWNS = {"GM0153": 120, "GM0164": 70, "GM0141": 60, "GM0173": 30, "GM0363": 150, "GM0599": 120, "DE": 60}
SETTINGS = ("home", "club", "escort")


@dataclass
class Listing:
    """One advertisement: who it stands for, what it says from a day on, and the days on which it is seen."""

    source: str
    key: bytes
    identity: int
    versions: list[tuple[int, str, str, str]]
    seen: list[int]


@dataclass
class Market:
    """Advertisers with the place of each day (None: not active), and the advertisements that they place."""

    places: list[list[str | None]] = field(default_factory=list)
    setting: list[str] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    down: set[tuple[str, int]] = field(default_factory=set)

    def active(self, area: Callable[[str], bool], first: int, last: int, setting: str | None = None) -> int:
        return sum(
            any(place is not None and area(place) for place in days[first : last + 1])
            for days, kind in zip(self.places, self.setting, strict=True)
            if setting is None or kind == setting
        )

    def moves(self, origin: str, destination: str) -> int:
        count = 0
        for days in self.places:
            states = [state_of(place) for place in days if place is not None]
            count += sum(pair == (origin, destination) for pair in pairwise(states))
        return count


def make_market(seed: int, *, scale: float = 1.0, down: set[tuple[str, int]] | None = None) -> Market:
    """Three quarters stay for months, a quarter moves every seven to ten days; each list is chosen on its own."""
    rng = np.random.default_rng(seed)
    market = Market(down=down or set())
    towns, size = list(TOWNS), np.array(list(TOWNS.values()), dtype=float)
    for _ in range(int(size.sum() * scale)):
        mover = rng.random() < 0.25
        town = str(rng.choice(towns, p=size / size.sum()))
        days: list[str | None] = []
        left = int(rng.integers(1, 11)) if mover else 10_000
        active = True
        for _ in range(DAYS):
            if active and rng.random() < 0.01:
                active = False
            if left == 0 and active:
                town = str(rng.choice([t for t in towns if t != town]))
                left = int(rng.integers(7, 11))
            left -= 1
            days.append(town if active else None)
        shift = int(rng.integers(0, 10)) if rng.random() < 0.2 else 0
        days = [None] * shift + days[: DAYS - shift]
        market.places.append(days)
        market.setting.append(str(rng.choice(SETTINGS, p=(0.6, 0.15, 0.25))))
        place_ads(market, rng)
    return market


def place_ads(market: Market, rng: np.random.Generator) -> None:
    number, days = len(market.places) - 1, market.places[-1]
    taste = rng.normal(0, 0.5)
    for source, base in zip(SOURCES, (0.5, -0.3, -0.9), strict=True):
        if rng.random() > 1 / (1 + np.exp(-(base + taste))):
            continue
        versions: list[tuple[int, str, str, str]] = []
        seen = []
        for day, place in enumerate(days):
            if place is None:
                continue
            if not versions or versions[-1][1] != place:
                versions.append((day, place, market.setting[-1], "nl" if number % 3 else "en"))
            if (source, day) not in market.down:
                seen.append(day)
        if versions and seen:
            key = hashlib.sha256(f"{source}{number}".encode()).digest()
            market.listings.append(Listing(source, key, number, versions, seen))


def load(conn: db.Connection, market: Market, *, days: int = DAYS, shuffle: int = 0, linked: bool = True) -> None:
    """Write a market straight into `core`; `shuffle` gives other running numbers to the same facts."""
    rng = np.random.default_rng(shuffle)
    with conn.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SELECT core.ensure_month('2026-10-01'), core.ensure_month('2026-11-01')")
        for source, group in SOURCES.items():
            cursor.execute("INSERT INTO core.source VALUES (%s, %s)", (source, group))
            for day in range(days):
                lost = (source, day) in market.down
                cursor.execute(
                    "INSERT INTO core.crawl VALUES (%s, %s, %s, %s, 10, %s, 0, 0, 0, %s, '1')",
                    (source, day_of(day), "failed" if lost else "ok", "x" if lost else "", 0, 0.0 if lost else 1.0),
                )
        identities: dict[int, int] = {}
        for i in rng.permutation(len(market.listings)):
            item = market.listings[i]
            if min(item.seen) >= days:
                continue
            listing = one(cursor, "INSERT INTO core.listing (source_code, epoch_code, listing_key) VALUES (%s, 'E0003', %s) "
                          "RETURNING listing_id", (item.source, item.key))  # fmt: skip
            if linked and item.identity not in identities:
                number = int.from_bytes(hashlib.sha256(str(item.identity).encode()).digest()[:8], "big") % 2**63
                identities[item.identity] = one(
                    cursor,
                    "INSERT INTO core.identity (epoch_code, record_number) VALUES ('E0003', %s) RETURNING identity_id",
                    (number,),
                )
            if linked:
                cursor.execute(
                    "INSERT INTO core.identity_member VALUES (%s, %s, %s)",
                    (listing, day_of(min(item.seen)), identities[item.identity]),
                )
            for day, place, setting, language in item.versions:
                cursor.execute(
                    "INSERT INTO core.listing_version VALUES (%s, %s, %s, '{0.9}', %s, 0.9, %s, 0.9, '{}', %s, %s, '1')",
                    (listing, day_of(day), [place], language, setting, item.key, b"s" * 128),
                )
            cursor.executemany(
                "INSERT INTO core.sighting VALUES (%s, %s)", [(day_of(d), listing) for d in item.seen if d < days]
            )


def one(cursor: Any, query: str, params: tuple[Any, ...]) -> int:
    return int(cursor.execute(query, params).fetchone()[0])


def day_of(index: int) -> date:
    return FIRST + timedelta(days=index)


def volumes(conn: db.Connection, day: date, period: str) -> dict[tuple[str, str], Any]:
    query = "SELECT area_code, setting_code, * FROM est.volume WHERE vintage_date = %s AND period_code = %s"
    with conn.cursor() as cursor:
        cursor.execute(query, (day, period))
        names = [column.name for column in cursor.description or ()]
        return {row[:2]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


TABLES = (
    "volume", "revision", "source_day", "vintage", "trend", "movement", "movement_figure", "language", "alert", "count_step", "share", "hidden", "identity_week",
)  # fmt: skip


def everything(conn: db.Connection) -> list[Any]:
    with conn.cursor() as cursor:
        return [cursor.execute(f"SELECT t::text FROM est.{table} AS t ORDER BY t::text").fetchall() for table in TABLES]


@pytest.fixture(scope="module")
def market() -> Market:
    return make_market(7)


def test_block_end_day_holds_the_truth(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    written = estimation.estimate_day(conn, LAST, 1)
    assert written > 50
    week, block, day = (volumes(conn, LAST, code) for code in ("week", "block", "day"))
    for table, first in ((day, 27), (week, 21), (block, 0)):
        for area, inside in (
            ("GM0153", lambda place: place == "GM0153"),
            ("CR12", lambda place: place in {"GM0153", "GM0164", "GM0141", "GM0173"}),
            ("NL", lambda place: place != "DE"),
        ):
            truth, row = market.active(inside, first, 27), table[area, "all"]
            assert row["refusal_code"] is None
            assert row["lower_count"] <= truth <= row["upper_count"], (
                area,
                truth,
                row["lower_count"],
                row["upper_count"],
            )
            assert row["floor_count"] <= row["point_count"]
            assert row["warnings"] == ["not_calibrated"]
            assert sum(row["overlap"].values()) == pytest.approx(row["identity_count"], abs=0 if first < 27 else 2)
    assert {setting for _, setting in week} == {"all", "home", "club", "escort"}
    assert {setting for _, setting in day} == {"all"}
    home = market.active(lambda place: place == "GM0153", 21, 27, "home")
    assert week["GM0153", "home"]["lower_count"] <= home <= week["GM0153", "home"]["upper_count"]
    assert "DE" not in {area for area, _ in week}
    # For open data everybody counts in one municipality, and every municipality has its rows.
    counted = conn.execute("SELECT count(*), sum(identity_count) FROM est.identity_week").fetchone()
    assert counted == (342 * 4, week["NL", "all"]["identity_count"])


def test_movement_holds_the_truth(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, LAST, 1)
    with conn.cursor() as cursor:
        cursor.execute("SELECT origin_code, destination_code, * FROM est.movement")
        names = [column.name for column in cursor.description or ()]
        flows = {row[:2]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    wide = {pair: flows.pop(pair) for pair in wide_flows()}
    assert len(flows) == 72
    for (origin, destination), flow in wide.items():
        parts = [flows[part] for part in flow_pairs(origin, destination)]
        assert flow["refusal_code"] is None  # also where a part is refused
        assert max(part["identity_count"] for part in parts) <= flow["identity_count"]
        assert flow["identity_count"] <= sum(part["identity_count"] for part in parts)
    truth = sum(market.moves(*pair) for pair in flow_pairs("ALLX", "GM0153"))
    assert wide["ALLX", "GM0153"]["lower_count"] <= truth <= wide["ALLX", "GM0153"]["upper_count"]
    inside = total = 0
    for (origin, destination), flow in flows.items():
        if "NEW" in (origin, destination) or "EXIT" in (origin, destination):
            continue
        if flow["refusal_code"] == "too_few_seen":
            continue
        truth = market.moves(origin, destination)
        total += 1
        inside += flow["lower_count"] <= truth <= flow["upper_count"]
    assert total >= 12
    assert inside >= 0.85 * total
    assert flows["GM0153", "PVX"]["identity_count"] > 0
    assert flows["PVX", "EXIT"]["point_count"] > 0
    told = conn.execute(
        "SELECT figure_code, area_code, refusal_code, lower_value, upper_value FROM est.movement_figure"
    )
    figures = {tuple(row[:2]): row[2:] for row in told.fetchall()}
    assert figures["carousel_share", "ALLX"] == ("too_few_weeks", None, None)  # four weeks of eight
    arrivals = [figures["arrival_share", end] for end in ("CR12X", "NLX", "DE", "NEW")]
    assert all(0 <= share[1] <= share[2] <= 1 for share in arrivals)
    assert sum(share[1] for share in arrivals) <= 1 <= sum(share[2] for share in arrivals)
    refusal, lower, upper = figures["dwell_median_days", "GM0153"]
    assert refusal is not None or lower < upper
    # In the first block nobody is seen to come on the first night.
    new = sum(flow["identity_count"] for (origin, _), flow in flows.items() if origin == "NEW")
    assert 0 < new < 0.3 * sum(any(days) for days in market.places)


@pytest.mark.full
@pytest.mark.parametrize("way", ["opened", "closed"])
def test_people_of_a_source_that_comes_or_goes_did_not_come_or_go(
    conn: db.Connection, market: Market, way: str
) -> None:
    gone = range(14) if way == "opened" else range(20, DAYS)
    load(conn, market)
    conn.execute(
        "DELETE FROM core.sighting USING core.listing AS l WHERE sighting.listing_id = l.listing_id "
        "AND l.source_code = 'nl_een' AND day_date = ANY (%s)",
        ([day_of(day) for day in gone],),
    )
    conn.execute(
        "DELETE FROM core.crawl WHERE source_code = 'nl_een' AND day_date = ANY (%s)", ([day_of(day) for day in gone],)
    )
    estimation.estimate_day(conn, LAST, 1)
    rows = conn.execute("SELECT origin_code, destination_code, refusal_code FROM est.movement").fetchall()
    told = {
        (row[0], row[1]): row[2] for row in rows if row[2] != "too_few_seen" or "NEW" in row[:2] or "EXIT" in row[:2]
    }
    ends = {pair: why for pair, why in told.items() if pair[0 if way == "opened" else 1] in ("NEW", "EXIT")}
    assert set(ends.values()) == {"source_break"}
    assert told["ALLX", "GM0153"] is None  # moves between places are told all the same
    assert told["PVX" if way == "opened" else "NEW", "EXIT" if way == "opened" else "PVX"] is None
    shares = conn.execute(
        "SELECT DISTINCT refusal_code FROM est.movement_figure WHERE figure_code = %s",
        ("arrival_share" if way == "opened" else "departure_share",),
    )
    assert shares.fetchall() == [("source_break",)]
    detection = conn.execute("SELECT models -> 'detection' FROM est.movement LIMIT 1").fetchone()
    assert detection is not None
    assert max(detection[0]) > 0.9  # a source that is not there lowers nobody's chance to be seen


def test_a_blind_last_week_is_refused(conn: db.Connection) -> None:
    down = {(source, day) for source in SOURCES for day in range(21, DAYS)}
    load(conn, make_market(5, down=down))
    estimation.estimate_day(conn, LAST, 1)
    told = conn.execute("SELECT DISTINCT refusal_code, point_count FROM est.movement").fetchall()
    assert told == [("low_completeness", None)]


@pytest.mark.full
def test_same_facts_give_the_same_rows_whatever_their_running_numbers(database: Any) -> None:
    market = make_market(4, scale=0.4)
    with database.connect() as conn:
        with db.transaction(conn, rollback=True):
            load(conn, market)
            estimation.estimate_day(conn, LAST, 1)
            before = everything(conn)
            estimation.estimate_day(conn, LAST, 1)
            assert everything(conn) == before
        with db.transaction(conn, rollback=True):
            load(conn, market, shuffle=3)
            estimation.estimate_day(conn, LAST, 1)
            assert everything(conn) == before


def test_the_estimators_role_suffices(database: Any) -> None:
    with database.connect() as owner:
        load(owner, make_market(3, scale=0.3))
    with database.connect("estimator") as conn:
        assert estimation.estimate_day(conn, LAST, 1) > 0


def test_later_facts_do_not_change_an_earlier_vintage(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    day = FIRST + timedelta(days=13)
    estimation.estimate_day(conn, day, 1)
    before = everything(conn)
    with conn.cursor() as cursor:
        cursor.execute("DELETE FROM core.sighting WHERE day_date > %s", (day,))
        cursor.execute("DELETE FROM core.listing_version WHERE read_date > %s", (day,))
        cursor.execute("DELETE FROM core.crawl WHERE day_date > %s", (day,))
    estimation.estimate_day(conn, day, 1)
    assert everything(conn) == before


def test_a_missed_crawl_widens_and_does_not_lower(conn: db.Connection) -> None:
    whole, hurt = make_market(5), make_market(5, down={("nl_een", 19)})
    day = day_of(19)
    figures = []
    for market in (whole, hurt):
        with db.transaction(conn, rollback=True):
            load(conn, market)
            estimation.estimate_day(conn, day, 1)
            figures.append(volumes(conn, day, "day")["NL", "all"])
    full, missed = figures
    assert missed["refusal_code"] is None
    assert 0.4 < missed["completeness_share"] < 2 / 3  # the largest source was away
    assert abs(missed["point_count"] / full["point_count"] - 1) < 0.05
    assert missed["models"]["uncertain"] > full["models"]["uncertain"]
    assert missed["upper_count"] - missed["lower_count"] > 0


def test_a_source_that_is_down_for_good_is_refused_at_last(conn: db.Connection) -> None:
    down = {(source, day) for source in ("nl_een", "nl_twee") for day in range(3, DAYS)}
    load(conn, make_market(5, down=down))
    estimation.estimate_day(conn, LAST, 1)
    row = volumes(conn, LAST, "week")["NL", "all"]
    assert row["refusal_code"] in {"low_completeness", "too_few_source_groups"}
    assert row["point_count"] is None
    with conn.cursor() as cursor:
        refusals = cursor.execute("SELECT DISTINCT refusal_code, point_count FROM est.movement").fetchall()
    assert len(refusals) == 1
    assert refusals[0] in {("low_completeness", None), ("too_few_source_groups", None)}


def test_small_places_get_no_number(conn: db.Connection) -> None:
    load(conn, make_market(5, scale=0.12))
    estimation.estimate_day(conn, LAST, 1)
    row = volumes(conn, LAST, "week")["GM0173", "all"]
    assert row["identity_count"] < 10
    assert row["refusal_code"] in {"too_few_seen", "too_few_recaptures"}
    assert row["point_count"] is None


def test_an_ordinary_day_has_days_only(conn: db.Connection, market: Market) -> None:
    load(conn, market, days=10)
    estimation.estimate_day(conn, day_of(9), 1)
    tables = everything(conn)
    assert all(tables[:5])
    assert tables[5:] == [[]] * 8


def test_unlinked_listings_are_an_error_that_names_the_way_out(conn: db.Connection) -> None:
    load(conn, make_market(3, scale=0.1), days=3, linked=False)
    with pytest.raises(NotLinked, match="link the day first"):
        estimation.estimate_day(conn, day_of(2), 1)


def test_a_listing_whose_page_was_never_read_is_left_out(conn: db.Connection, market: Market) -> None:
    load(conn, market, days=10)
    estimation.estimate_day(conn, day_of(9), 1)
    before = everything(conn)
    conn.execute(
        "WITH unread AS (INSERT INTO core.listing (source_code, epoch_code, listing_key) "
        "SELECT source_code, epoch_code, decode(repeat('ab', 32), 'hex') FROM core.listing LIMIT 1 RETURNING listing_id) "
        "INSERT INTO core.sighting (day_date, listing_id) SELECT %s, listing_id FROM unread",
        (day_of(9),),
    )
    estimation.estimate_day(conn, day_of(9), 1)
    assert everything(conn) == before


def test_a_day_without_any_crawl_is_an_empty_vintage(conn: db.Connection) -> None:
    assert estimation.estimate_day(conn, LAST, 1) == 0


def test_language_by_region_and_larger_only(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, LAST, 1)
    with conn.cursor() as cursor:
        areas = {row[0] for row in cursor.execute("SELECT area_code FROM est.language").fetchall()}
        codes = {row[0] for row in cursor.execute("SELECT language_code FROM est.language").fetchall()}
        steps = dict(
            cursor.execute("SELECT step_code, point_count FROM est.count_step WHERE area_code = 'NL'").fetchall()
        )
    assert areas
    assert not any(area.startswith("GM") for area in areas)
    assert codes == {"nl", "en"}
    assert steps["advertisements"] >= steps["distinct"] >= steps["identities"] > 0
    assert steps["advertisers"] > 0
    # A release draws the noise of the steps by the volume's cell number: they must be the same identities.
    with conn.cursor() as cursor:
        of_steps = cursor.execute(
            "SELECT s.area_code, s.point_count::integer, s.largest_count, v.identity_count "
            "FROM est.count_step AS s JOIN est.volume AS v ON v.period_code = 'week' AND v.setting_code = 'all' "
            "AND v.area_code = s.area_code WHERE s.step_code = 'identities'"
        ).fetchall()
        largest = cursor.execute(
            "SELECT step_code, largest_count FROM est.count_step WHERE area_code = 'NL' ORDER BY point_count DESC"
        ).fetchall()
    assert len(of_steps) > 10
    assert all((counted, most) == (identities, 1) for _, counted, most, identities in of_steps)
    held = dict(largest)
    assert held["advertisements"] >= held["distinct"] >= held["identities"] == 1
    assert held["advertisers"] is None


def days_before(conn: db.Connection, market: Market, days: list[int]) -> None:
    load(conn, market)
    for day in days:
        estimation.estimate_day(conn, day_of(day), 1)


def test_an_old_vintage_is_made_again_bit_for_bit_without_core(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, LAST, 5)
    conn.execute("TRUNCATE core.sighting, core.listing_version, core.identity_member, core.crawl CASCADE")
    told = again(conn, LAST)
    assert told.made > 40
    assert told.differing == ()
    conn.execute(
        "UPDATE est.volume SET point_count = point_count + 1e-6 WHERE area_code = 'GM0153' AND period_code = 'week' "
        "AND setting_code = 'all'"
    )
    assert again(conn, LAST).differing == (("week", day_of(21), "GM0153", "all"),)
    with pytest.raises(WrongUse, match="Name a day"):
        again(conn, FIRST)
    conn.execute("UPDATE est.vintage SET estimator_version = '2'")
    with pytest.raises(WrongUse, match="version 2"):
        again(conn, LAST)


@pytest.mark.full
def test_a_day_is_revised_for_a_week_and_then_frozen(conn: db.Connection, market: Market) -> None:
    days_before(conn, market, list(range(11, 20)))
    triangle = conn.execute(
        "SELECT vintage_date, point_count FROM est.revision WHERE day_date = %s AND area_code = 'NL' ORDER BY 1",
        (day_of(11),),
    ).fetchall()
    assert [row[0] for row in triangle] == [day_of(n) for n in range(12, 19)]
    first = volumes(conn, day_of(11), "day")["NL", "all"]["point_count"]
    assert all(abs(point / first - 1) < 0.05 for _, point in triangle)


def test_a_day_without_a_crawl_is_mended_by_the_days_after_it(conn: db.Connection) -> None:
    days_before(conn, make_market(5, down={("nl_een", 15)}), [15, 16])
    query = "SELECT point_count, upper_count - lower_count, seen_count FROM est.source_day WHERE vintage_date = %s AND day_date = %s AND source_code = 'nl_een'"
    filtered, smoothed = (conn.execute(query, (day_of(n), day_of(15))).fetchone() for n in (15, 16))
    assert filtered is not None
    assert smoothed is not None
    assert filtered[2] == smoothed[2] == 0
    assert smoothed[1] < filtered[1]
    assert smoothed[0] == pytest.approx(filtered[0], rel=0.1)


def test_an_estimate_made_from_a_blind_week_does_not_exist(conn: db.Connection) -> None:
    load(conn, make_market(5, down={(source, day) for source in SOURCES for day in range(21, 28)}))
    estimation.estimate_day(conn, LAST, 1)
    week = volumes(conn, LAST, "week")
    assert {row["refusal_code"] for row in week.values()} == {"low_completeness"}
    assert {(area, row["identity_count"]) for (area, _), row in week.items()} == {("NL", 0)}
    assert volumes(conn, LAST, "day")["NL", "all"]["refusal_code"] == "low_completeness"
    flows = conn.execute("SELECT DISTINCT refusal_code FROM est.movement WHERE point_count IS NULL").fetchall()
    assert ("too_few_source_groups",) not in flows
    assert again(conn, LAST).differing == ()


def test_a_day_that_no_crawl_saw_has_no_figure(conn: db.Connection) -> None:
    load(conn, make_market(5, down={(source, 15) for source in SOURCES}))
    for day in (15, 16):
        estimation.estimate_day(conn, day_of(day), 1)
    assert volumes(conn, day_of(15), "day")["NL", "all"]["refusal_code"] == "low_completeness"
    assert volumes(conn, day_of(16), "day")["NL", "all"]["refusal_code"] is None


def test_a_source_that_is_never_seen_or_was_closed_does_not_stop_the_others(conn: db.Connection) -> None:
    market = make_market(5, down={("nl_drie", day) for day in range(DAYS)})
    load(conn, market)
    estimation.estimate_day(conn, day_of(20), 1)
    truth = market.active(lambda place: place != "DE", 14, 20)
    week = volumes(conn, day_of(20), "week")["NL", "all"]
    assert week["refusal_code"] is None
    assert week["lower_count"] <= truth <= week["upper_count"]
    assert conn.execute("SELECT count(*) FROM est.source_day WHERE source_code = 'nl_drie'").fetchone() == (0,)


def test_a_source_closed_for_a_week_is_no_longer_waited_for(conn: db.Connection) -> None:
    market = make_market(5, down={("nl_een", day) for day in range(14, DAYS)})
    load(conn, market)
    conn.execute("DELETE FROM core.crawl WHERE source_code = 'nl_een' AND day_date >= %s", (day_of(14),))
    estimation.estimate_day(conn, day_of(24), 1)
    row = volumes(conn, day_of(24), "day")["NL", "all"]
    assert row["refusal_code"] is None
    truth = market.active(lambda place: place != "DE", 24, 24)
    assert row["lower_count"] <= truth <= row["upper_count"]


def test_a_market_abroad_only_is_refused_and_not_an_error(conn: db.Connection) -> None:
    market = make_market(5)
    market.places = [[None if place is None else "DE" for place in days] for days in market.places]
    for listing in market.listings:
        listing.versions = [(day, "DE", setting, language) for day, _, setting, language in listing.versions]
    load(conn, market)
    assert estimation.estimate_day(conn, LAST, 1) > 0
    assert conn.execute("SELECT count(*) FROM est.movement WHERE point_count IS NOT NULL").fetchone() == (0,)


def test_no_figure_is_outside_its_interval_and_no_day_lies_before_the_first_crawl(conn: db.Connection) -> None:
    days_before(conn, make_market(5, down={("nl_een", 1), ("nl_twee", 2)}), [0, 2])
    for table in ("volume", "revision", "source_day"):
        odd = conn.execute(
            f"SELECT count(*) FROM est.{table} WHERE NOT (lower_count <= point_count AND point_count <= upper_count)"
        ).fetchone()
        assert odd == (0,), table
    for table in ("revision", "source_day"):
        assert conn.execute(f"SELECT min(day_date) FROM est.{table}").fetchone() == (FIRST,)


def test_days_of_few_keep_no_fractions(conn: db.Connection) -> None:
    days_before(conn, make_market(5, scale=0.12, down={("nl_een", 15)}), [15, 16])
    for overlap, count in conn.execute(
        "SELECT overlap, identity_count FROM est.volume WHERE period_code = 'day'"
    ).fetchall():
        assert count >= 10 or all(value == int(value) for value in overlap.values())
    assert conn.execute("SELECT count(*) FROM est.revision WHERE identity_count < 10").fetchone() == (0,)


def test_a_week_blind_but_for_its_first_day_is_refused(conn: db.Connection) -> None:
    load(conn, make_market(5, down={(source, day) for source in ("nl_een", "nl_twee") for day in range(14, 21)}))
    estimation.estimate_day(conn, day_of(20), 1)
    assert volumes(conn, day_of(20), "week")["NL", "all"]["refusal_code"] == "low_completeness"


def test_audits_narrow_and_are_told(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, day_of(20), 1)
    before = volumes(conn, day_of(20), "week")["NL", "all"]
    audits = [
        Audit("kappa", day_of(20) - timedelta(days=30), 0.96, 0.02, 200),
        *(Audit("ghost_lag", day_of(20) - timedelta(days=9), 0.5, 0.1, 80, source) for source in SOURCES),
    ]
    for audit in audits:
        calibration.enter(conn, audit)
    estimation.estimate_day(conn, day_of(20), 1)
    after = volumes(conn, day_of(20), "week")["NL", "all"]
    assert after["warnings"] == []
    assert after["models"]["kappa_audit_age_days"] == 30
    assert set(after["models"]["ghost_audit_age_days"].values()) == {9}
    assert after["upper_count"] - after["lower_count"] < 0.8 * (before["upper_count"] - before["lower_count"])
    truth = market.active(lambda place: place != "DE", 14, 20)
    assert after["lower_count"] <= truth <= after["upper_count"]
    assert again(conn, day_of(20)).differing == ()


@pytest.mark.full
def test_level_and_change_come_from_the_weeks_kept(conn: db.Connection, market: Market) -> None:
    days_before(conn, market, [6, 13, 20, 27])
    query = "SELECT period_start_date, level_count, change_value, lower_change_value, upper_change_value, refusal_code, matched_index_value, is_break FROM est.trend WHERE period_code = 'week' AND area_code = 'CR12' AND setting_code = 'all' ORDER BY 1"
    weeks = conn.execute(query).fetchall()
    assert [row[5] for row in weeks] == ["too_few_periods"] * 3 + [None]
    assert weeks[3][3] < 1 < weeks[3][4]
    assert weeks[0][6] == 1
    counts = [volumes(conn, day_of(n), "week")["CR12", "all"]["identity_count"] for n in (6, 13, 20, 27)]
    assert weeks[3][6] == pytest.approx(counts[3] / counts[0], rel=1e-4)
    assert not any(row[7] for row in weeks)


@pytest.mark.full
def test_a_new_audit_is_no_change_of_volume(conn: db.Connection, market: Market) -> None:
    days_before(conn, market, [6, 13, 20])
    calibration.enter(conn, Audit("kappa", day_of(21), 0.6, 0.02, 200))
    estimation.estimate_day(conn, LAST, 1)
    row = conn.execute(
        "SELECT change_value, lower_change_value, upper_change_value FROM est.trend WHERE period_code = 'week' "
        "AND area_code = 'NL' AND setting_code = 'all' AND change_value IS NOT NULL"
    ).fetchone()
    assert row is not None
    assert row[1] < 1 < row[2]


@pytest.mark.full
def test_each_week_hides_each_group(conn: db.Connection, market: Market) -> None:
    days_before(conn, market, [13, 27])
    rows = conn.execute(
        "SELECT week_start_date, group_code, true_count, needed_delta_value FROM est.hidden ORDER BY 1, 2"
    ).fetchall()
    assert [row[:2] for row in rows] == [(day_of(n), group) for n in (7, 21) for group in ("alfa", "beta", "gamma")]
    assert hiding.delta(conn, LAST + timedelta(days=7)) == DELTA  # twelve weeks are needed to learn anything
    assert hiding.cover(conn, LAST + timedelta(days=1)).weeks == 3


@pytest.mark.full
def test_shares_are_of_regions_and_add_up(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, LAST, 1)
    rows = conn.execute(
        "SELECT area_code, kind_code, sum(point_share), bool_and(lower_share <= point_share AND point_share <= upper_share) "
        "FROM est.share WHERE refusal_code IS NULL GROUP BY 1, 2"
    ).fetchall()
    assert {row[0] for row in rows} >= {"NL", "CR12"}
    assert not any(row[0].startswith("GM") for row in rows)
    assert all(row[2] == pytest.approx(1, abs=1e-4) and row[3] for row in rows)


def test_an_external_list_is_one_list_more(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, day_of(20), 1)
    before = volumes(conn, day_of(20), "week")["CR12", "all"]
    own = {key: int(count) for key, count in before["overlap"].items()}
    both = {f"{key}+outreach": count // 2 for key, count in own.items()} | {
        key: count - count // 2 for key, count in own.items()
    }
    both["outreach"] = 60
    calibration.enter_external(conn, [ExternalList(day_of(14), "CR12", "outreach", both)])
    estimation.estimate_day(conn, day_of(20), 1)
    after = volumes(conn, day_of(20), "week")["CR12", "all"]
    assert "external_list" in after["warnings"]
    assert after["overlap"] == before["overlap"]
    assert after["point_count"] != before["point_count"]
    assert volumes(conn, day_of(20), "week")["NL", "all"]["warnings"] == ["not_calibrated"]
    assert again(conn, day_of(20)).differing == ()
