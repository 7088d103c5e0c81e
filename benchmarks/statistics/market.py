"""The demo's market from end to end without HTTP: are its true counts inside the intervals of `est.volume`?

    python -P benchmarks/statistics/market.py [--runs 10] [--seed 501]

Every run is a world of its own seed, four weeks of it: what faultless spiders would have brought home is read, linked
and estimated night after night in a warehouse of its own. Enschede, its region and the other municipalities of Twente
that have a figure are held against what is true in that world (issue 6: inside on >= .93 of 200 municipality-weeks over
10 seeds, and of days). Then an audit of 300 identities of that world is entered, by one who knows the truth, and all of it
is estimated and told once more. Ends with 1 where a bar is missed.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
from checks import Check, command  # noqa: E402

from advertentiemonitor import stages  # noqa: E402
from advertentiemonitor.crawler import crawl_log_path, write_crawl_log  # noqa: E402
from advertentiemonitor.installation import initialise  # noqa: E402
from advertentiemonitor.settings import Settings  # noqa: E402
from simulation.collected import collect  # noqa: E402
from simulation.settings import SITE_NAMES  # noqa: E402
from simulation.world import World, WorldSettings, generate  # noqa: E402
from warehouse import calibration, db  # noqa: E402
from warehouse.areas import FOCUS, REGION, municipalities  # noqa: E402
from warehouse.estimates.calibration import Audit  # noqa: E402
from warehouse.server import Server  # noqa: E402

RUNS, SEED = 10, 501
DAYS = 28
AUDITED = 300  # identities
WEEKS_ASKED = 20  # area-weeks a world: 200 over ten
THROWN_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
TWENTE = [FOCUS, REGION, *(each.code for each in municipalities() if each.corop_code == REGION and each.code != FOCUS)]
PERIODS = {"week": 7, "day": 1}
FIGURES = """
SELECT period_code, period_start_date, area_code, point_count, lower_count, upper_count
FROM est.volume
WHERE setting_code = 'all' AND area_code = ANY (%s) AND period_code = ANY (%s) AND point_count IS NOT NULL
ORDER BY period_code, period_start_date, area_code
"""
OWNED = """
SELECT l.listing_key, m.identity_id FROM core.listing AS l JOIN core.identity_member AS m USING (listing_id)
WHERE m.from_date = (SELECT max(o.from_date) FROM core.identity_member AS o WHERE o.listing_id = l.listing_id)
"""


@dataclass(frozen=True)
class Figure:
    """One figure beside what is true."""

    period: str
    area: str
    true: int
    point: float
    lower: float
    upper: float

    @property
    def inside(self) -> bool:
        return self.lower <= self.true <= self.upper


@contextmanager
def night_by_night(world: World, folder: Path, days: int) -> Iterator[tuple[Settings, db.Connection]]:
    """Read, link and estimate every day of a world in a new installation; give it with a connection as its owner."""
    settings = Settings(state=folder, market_today=world.days[0])
    server = Server(settings.root, options=THROWN_AWAY)
    try:
        with server:
            initialise(settings, f"market {world.settings.seed}".encode())
            for day in world.days[:days]:
                now = settings.model_copy(update={"market_today": day})
                calendar = stages.epoch_calendar(now)
                for log in collect(world, day, now.root, stages.keys(now).spool(), calendar.start(calendar.code(day))):
                    write_crawl_log(crawl_log_path(now.root, log.source, day), log)
                stages.read(now, day)
                stages.estimate(now, day)
            with db.connect(server.dsn("owner")) as conn:
                yield settings, conn
    finally:
        server.destroy()


def figures(conn: db.Connection, world: World) -> list[Figure]:
    """Give every figure of Twente with its truth."""
    found = []
    for period, start, area, *told in conn.execute(FIGURES, [TWENTE, list(PERIODS)]).fetchall():
        end = start + timedelta(days=PERIODS[period] - 1)
        found.append(Figure(period, area, world.truth.advertisers(area, start, end), *told))
    return found


def audit(conn: db.Connection, settings: Settings, world: World) -> Audit:
    """Audit identities of a world: an advertiser whose listings lie in m of them counts 1/m in each, a fake nothing."""
    keys = stages.keys(settings).pseudonyms(stages.epoch_calendar(settings).code(world.days[0]))
    owner = {
        keys.listing(source, listing): who
        for source in SITE_NAMES
        for listing, who in world.truth.identities(source).items()
    }
    pairs = {(identity, owner[bytes(key)]) for key, identity in conn.execute(OWNED).fetchall()}
    held = Counter(who for _, who in pairs)
    share = {identity: 0.0 for identity, _ in sorted(pairs, key=lambda pair: pair[0])}
    for identity, who in pairs:
        share[identity] += 0.0 if who is None else 1 / held[who]
    rng = np.random.default_rng([world.settings.seed, AUDITED])
    drawn = rng.choice(list(share.values()), min(AUDITED, len(share)), replace=False)
    error = float(drawn.std(ddof=1) / np.sqrt(len(drawn)))
    return Audit("kappa", world.days[0], float(drawn.mean()), error, len(drawn))


def run(seed: int, days: int = DAYS) -> dict[str, list[Figure]]:
    """Run one world; give its figures as they are without an audit, and as they are with one."""
    world = generate(WorldSettings(seed=seed, days=DAYS))
    with tempfile.TemporaryDirectory(prefix="admon-market-") as folder:
        Path(folder).chmod(0o711)  # as root, the server runs as another user
        with night_by_night(world, Path(folder) / "state", days) as (settings, conn):
            found = {"not calibrated": figures(conn, world)}
            calibration.enter(conn, audit(conn, settings, world))
            for day in world.days[:days]:
                stages.estimate(settings.model_copy(update={"market_today": day}), day)
            return found | {"audited": figures(conn, world)}


def checks_of(found: dict[str, list[Figure]], runs: int) -> list[Check]:
    """Turn the figures of all worlds into checks."""
    groups = {
        "all areas": set(TWENTE),
        "Enschede and its region": {FOCUS, REGION},
        "Enschede": {FOCUS},
        "its region": {REGION},
        "further municipalities": set(TWENTE) - {FOCUS, REGION},
    }
    told = []
    for kind, every in found.items():
        for period in PERIODS:
            for name, areas in groups.items():
                mine = [each for each in every if each.period == period and each.area in areas]
                true, point = (np.array([getattr(each, field) for each in mine]) for field in ("true", "point"))
                half = np.array([(each.upper - each.lower) / 2 / each.point for each in mine])
                inside = float(np.mean([each.inside for each in mine])) if mine else float("nan")
                scenario = f"{period}s, {name}, {kind}"
                barred = name in {"all areas", "Enschede and its region"}
                told.append(
                    Check("market", scenario, "inside", inside, 0.93, "at_least")
                    if barred
                    else Check("market", scenario, "inside", inside)
                )
                count = Check("market", scenario, "figures", len(mine))
                if period == "week" and name == "all areas":
                    count = Check("market", scenario, "figures", len(mine), WEEKS_ASKED * runs, "at_least")
                told += [
                    count,
                    Check("market", scenario, "median relative error", float(np.median(point / true - 1))),
                    Check("market", scenario, "relative half-width", float(np.median(half))),
                ]
    return told


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Run worlds `seed`, `seed` + 1, ... and give what is inside, how many figures there are, their error and width."""
    found: dict[str, list[Figure]] = {}
    for each in range(seed, seed + runs):
        for kind, every in run(each).items():
            found.setdefault(kind, []).extend(every)
    return checks_of(found, runs)


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
