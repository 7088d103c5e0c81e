"""How long the dashboard takes for every municipality and two years, against plain templates with the same rows.

    python benchmarks/telling/site.py [--weeks 104] [--bar 60]

The release is made up by tests/reports/fill.py: 342 municipalities, the country and its parts, a figure of every kind
for every week and block. The peer, run in the same process on the same rows, is Jinja itself: one page per area with
one table of its weeks, no chart, no sentence, no protection of the page. What the dashboard takes more than that is
what its charts, words and checks cost.
"""

import argparse
import gc
import importlib.util
import random
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

from jinja2 import Environment

sys.path.insert(0, str(Path(__file__).parents[1] / "table"))
from measured import Bar, Disagreement, Measured, bench, grown

from reports import dashboard
from reports.dashboard import site

CONTACT = "beheer@gemeente.example"
WEEKS = 104
LONGEST, LARGEST = 60, 250  # seconds for two years; KB of a page
# Start of a week, lower and upper count, as the page of a municipality has them and as the peer's has.
OUR_ROW = re.compile(
    r'<tr data-d="([0-9-]+)"><th scope="row">Week [^<]*</th><td class="n">[0-9.]+</td><td class="n">([0-9.]+) tot ([0-9.]+)</td>'
)
PEER_ROW = re.compile(r"<tr><td>([0-9-]+)</td><td>published</td>\s*<td>([0-9]+)</td><td>([0-9]+)</td></tr>")
ROOT = Path(__file__).resolve().parents[2]
PEER = """<!DOCTYPE html><html lang="nl"><head><title>{{ area.area_name }}</title></head><body><h1>{{ area.area_name }}</h1>
<table>{% for row in rows %}<tr><td>{{ row.period_start_date }}</td><td>{{ row.status_code }}</td>
<td>{{ row.lower_count }}</td><td>{{ row.upper_count }}</td></tr>{% endfor %}</table></body></html>"""


def filled(weeks, areas=None):
    """Make the release of the tests, with enough advertisers for a page of their own in so many municipalities, else everywhere."""
    spec = importlib.util.spec_from_file_location("fill", ROOT / "tests" / "reports" / "fill.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for number, code in enumerate(sorted(module.areas(), key=lambda code: (not code.startswith("GM"), code))[:areas]):
        module.LEVELS.setdefault(code, 15 + number % 60)
    return module.snapshot(weeks=weeks, blocks=weeks // 4)


def peer(snapshot, out):
    """Write one plain page per area."""
    template = Environment(autoescape=True).from_string(PEER)
    for code, area in snapshot.areas.items():
        rows = snapshot.series("week", code)
        (out / f"{code}.html").write_text(template.render(area=area, rows=rows), encoding="utf-8")


def timed(act):
    """Give what `act` gives and the seconds it took."""
    start = time.perf_counter()
    made = act()
    return made, time.perf_counter() - start


def ours(snapshot, out):
    """Write the dashboard; give the paths."""
    return site.write(out, dashboard.render(snapshot, contact=CONTACT))


def rows(page, row):
    """Read the weeks of a page: each with its lower and upper count."""
    return {(day, low.replace(".", ""), high.replace(".", "")) for day, low, high in row.findall(page)}


def difference(snapshot, mine, theirs):
    """Name the first municipality whose weeks are not the same on both pages; None where all are."""
    for code, area in snapshot.areas.items():
        if area.level_code == "municipality":
            pages = (mine / "gemeenten" / f"{code}.html", OUR_ROW), (theirs / f"{code}.html", PEER_ROW)
            ours, peers = (
                rows(path.read_text(encoding="utf-8"), row) if path.exists() else set() for path, row in pages
            )
            if ours != peers:  # an area without a figure has no page of ours
                return code
    return None


def written(act, snapshot):
    """Write into a new folder; give the seconds, and KB of the largest page."""
    with tempfile.TemporaryDirectory() as folder:
        _, seconds = timed(lambda: act(snapshot, Path(folder)))
        return seconds, max(path.stat().st_size / 1000 for path in Path(folder).rglob("*.html"))


def measure(rounds, size, sizes):
    """Grow over the areas that have a page of their own, with two years of weeks; then race with `size` of them."""
    snapshots = {areas: filled(WEEKS, areas) for areas in (*sizes, size)}
    pages = []
    peak = bench.peak_mb()

    def cost(areas):
        seconds, largest = written(ours, snapshots[areas])
        pages.append(largest)
        return seconds

    growth = grown("pages of areas", sizes, 1, cost)  # one turn: the largest takes long
    megabytes = peak()
    snapshot = snapshots[size]
    snapshots.clear()  # what lies about from the growth slows the peer, of which much is made anew, more than ours
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        mine, theirs = Path(folder, "ours"), Path(folder, "peer")
        theirs.mkdir()
        ours(snapshot, mine)
        peer(snapshot, theirs)
        if code := difference(snapshot, mine, theirs):
            raise Disagreement(f"the weeks of {code} are not the same on both pages")
    ways, spent = {"ours": ours, "peer": peer}, {"ours": [], "peer": []}
    order = random.Random(1)
    for _ in range(rounds):
        for name in order.sample(sorted(ways), len(ways)):
            spent[name].append(written(ways[name], snapshot)[0])
    bars = (
        Bar(f"seconds for {sizes[-1]}", growth.seconds[-1], LONGEST),
        Bar("KB of the largest page", max(pages), LARGEST),
    )
    return Measured(
        "pages of areas", size, "plain Jinja, one table a page", ("jinja2",), tuple(spent["ours"]),
        tuple(spent["peer"]), growth, megabytes, bars,
    )  # fmt: skip


def main():
    """Print the figures; fail when a bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--bar", type=float, default=LONGEST, help="seconds")
    parser.add_argument("--page-bar", type=float, default=LARGEST, help="KB")
    asked = parser.parse_args()
    snapshot = filled(asked.weeks)
    towns = sum(area.level_code == "municipality" for area in snapshot.areas.values())
    with tempfile.TemporaryDirectory() as folder:
        mine, theirs = Path(folder, "ours"), Path(folder, "peer")
        theirs.mkdir()
        paths, seconds = timed(lambda: ours(snapshot, mine))
        _, plain = timed(lambda: peer(snapshot, theirs))
        sizes = {path.relative_to(mine): path.stat().st_size / 1000 for path in paths if path.suffix == ".html"}
    largest = max(sizes, key=sizes.get)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"municipalities {towns}, weeks {asked.weeks}, rows {len(snapshot.volumes)}")
    print(f"seconds {seconds:.1f} (bar {asked.bar:.0f}), files {len(paths)}, pages {len(sizes)}")
    print(f"largest page {largest} {sizes[largest]:.0f} KB (bar {asked.page_bar:.0f})")
    print(f"peak memory {memory:.0f} MB, the made-up release included")
    print(f"peer: plain Jinja, {plain:.1f} s; ratio {seconds / plain:.1f}")
    return 0 if seconds <= asked.bar and sizes[largest] <= asked.page_bar else 1


if __name__ == "__main__":
    sys.exit(main())
