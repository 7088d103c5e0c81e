"""The benchmarks of keeping at the smallest size, and the made-up market that they stand on."""

import importlib
import sys
from pathlib import Path

import pytest

KEEPING = Path(__file__).parents[2] / "benchmarks" / "keeping"

LISTINGS = "SELECT listing_key, epoch_code, source_code FROM core.listing ORDER BY 1"
SIGHTINGS = "SELECT day_date, listing_key FROM core.sighting JOIN core.listing USING (listing_id) ORDER BY 1, 2"
VERSIONS = """
SELECT listing_key, read_date, area_codes, area_probabilities, language_code, language_probability, setting_code,
    setting_probability, contact_keys, content_key, sketch, pipeline_version
FROM core.listing_version JOIN core.listing USING (listing_id) ORDER BY 1, 2
"""
CRAWLS = "SELECT * FROM core.crawl ORDER BY 1, 2"


@pytest.fixture
def module(monkeypatch):
    """Give a module of the benchmarks by its name, as the command would import it."""
    monkeypatch.syspath_prepend(str(KEEPING))
    yield importlib.import_module
    for name in ("aggregates", "bench", "history", "loading", "national", "scale", "turn"):
        sys.modules.pop(name, None)


def test_a_market_is_its_seed(module):
    national = module("national")
    first, again, other = (national.Market(live=50, days=10, seed=seed).crawls(4) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_market_has_the_size_that_was_asked(module):
    market = module("national").Market(live=5_000, days=100)
    sizes = [len(market.seen(day)[0]) for day in range(0, 100, 7)]
    assert all(4_500 < size < 5_500 for size in sizes)
    read, new = (sum(int(market.seen(day)[which].sum()) for day in range(40, 60)) for which in (2, 1))
    assert 0.03 < new / sum(sizes) * len(sizes) / 20 < 0.15
    assert new < read


@pytest.mark.full
def test_filling_leaves_what_loading_day_by_day_leaves(conn, database, module):
    national, history = module("national"), module("history")
    market = national.Market(live=40, days=93)
    days = 93  # over the end of an epoch
    for day in range(days):
        for crawl in market.crawls(day):
            crawl.load(conn)
    with database.connect() as other:
        filled = history.fill(other, market, days)
        for query in (LISTINGS, SIGHTINGS, VERSIONS, CRAWLS):
            assert other.execute(query).fetchall() == conn.execute(query).fetchall()
        assert other.execute("SELECT count(*) FROM core.sighting").fetchone() == (filled.sightings,)
        history.link_truly(other, filled)
        linked = other.execute("SELECT count(*), count(DISTINCT listing_id) FROM core.identity_member").fetchone()
        assert linked == (len(filled.who),) * 2


@pytest.mark.full
def test_the_race_of_loaders_runs(module, capsys):
    assert module("loading").main(["--millions", "0.002", "--live", "200", "--rounds", "2"]) == 0
    said = capsys.readouterr().out
    assert "again: no change" in said
    assert "bar >= 100,000" in said


@pytest.mark.full
def test_the_cost_of_a_day_is_told(module, capsys):
    assert module("scale").main(["--cases", "150:0.0005", "150:0.001", "--days", "1"]) == 0
    said = capsys.readouterr().out
    for part in ("bar <= 30", "bar <= 600", "bar <= 120", "peak MB", "b: load"):
        assert part in said


@pytest.mark.full
def test_counts_are_those_of_duckdb(module, capsys):
    pytest.importorskip("duckdb", reason="DuckDB is not installed: its counts are not compared")
    assert module("aggregates").main(["--millions", "0.01", "--live", "300", "--rounds", "1"]) == 0
    assert "all equal" in capsys.readouterr().out


@pytest.mark.full
def test_the_cost_of_a_turn_is_told(module, capsys):
    assert module("turn").main(["--live", "300"]) == 0
    assert "first day of an epoch" in capsys.readouterr().out
