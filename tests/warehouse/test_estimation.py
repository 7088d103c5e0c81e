"""A small market with known truth in a real database: what is estimated, what is refused, and that it stays the same."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from warehouse import db, estimation
from warehouse.areas import state_of
from warehouse.estimates.errors import NotLinked

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


def everything(conn: db.Connection) -> list[Any]:
    with conn.cursor() as cursor:
        return [
            cursor.execute(f"SELECT t::text FROM est.{table} AS t ORDER BY t::text").fetchall()
            for table in ("volume", "movement", "language", "pipeline_count")
        ]


@pytest.fixture(scope="module")
def market() -> Market:
    return make_market(7)


def test_block_end_day_holds_the_truth_and_is_quick(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    begin = time.perf_counter()
    written = estimation.estimate_day(conn, LAST, 1)
    assert time.perf_counter() - begin < 20
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
            assert sum(row["overlap"].values()) == row["identity_count"]
    assert {setting for _, setting in week} == {"all", "home", "club", "escort"}
    assert {setting for _, setting in day} == {"all"}
    home = market.active(lambda place: place == "GM0153", 21, 27, "home")
    assert week["GM0153", "home"]["lower_count"] <= home <= week["GM0153", "home"]["upper_count"]
    assert "DE" not in {area for area, _ in week}


def test_movement_holds_the_truth(conn: db.Connection, market: Market) -> None:
    load(conn, market)
    estimation.estimate_day(conn, LAST, 1)
    with conn.cursor() as cursor:
        cursor.execute("SELECT origin_code, destination_code, * FROM est.movement")
        names = [column.name for column in cursor.description or ()]
        flows = {row[:2]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    assert len(flows) == 20
    inside = total = 0
    for (origin, destination), flow in flows.items():
        if "NEW" in (origin, destination) or "EXIT" in (origin, destination):
            continue
        truth = market.moves(origin, destination)
        assert flow["refusal_code"] is None
        total += 1
        inside += flow["lower_count"] <= truth <= flow["upper_count"]
    assert inside >= total - 2
    assert flows["GM0153", "NLX"]["identity_count"] > 0
    assert flows["NLX", "EXIT"]["point_count"] > 0


def test_same_facts_give_the_same_rows_whatever_their_running_numbers(database: Any, market: Market) -> None:
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
    assert missed["completeness_share"] == pytest.approx(2 / 3)
    assert abs(missed["point_count"] / full["point_count"] - 1) < 0.05
    assert missed["models"]["carried"] > 0


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
    begin = time.perf_counter()
    estimation.estimate_day(conn, day_of(9), 1)
    assert time.perf_counter() - begin < 5
    tables = everything(conn)
    assert tables[0]
    assert tables[1:] == [[], [], []]


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
        steps = cursor.execute(
            "SELECT listing_count, distinct_listing_count, identity_count FROM est.pipeline_count WHERE area_code = 'NL'"
        ).fetchall()
    assert areas
    assert not any(area.startswith("GM") for area in areas)
    assert codes == {"nl", "en"}
    assert steps[0][0] >= steps[0][1] >= steps[0][2] > 0
