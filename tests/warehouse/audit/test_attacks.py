"""Each attack succeeds without protection and fails with it."""

import base64
import bz2
import gzip
import hashlib
import hmac
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.areas import FOCUS
from warehouse.audit import (
    averaging,
    bounds,
    brute_force,
    differencing,
    disclosure,
    nesting,
    ratios,
    rekeying,
    remedy,
    sequence,
    twins,
    unicity,
)
from warehouse.audit.battery import before_release
from warehouse.audit.view import EXACT, PROTECTED, Mechanism, View, printed, versions
from warehouse.protection.cells import BELOW, PUBLISHED, WITHHELD, Area, CellId, MovementFigure, Status, VolumeFigure
from warehouse.protection.gate import Estimates, protect
from warehouse.protection.noise import draw, law
from warehouse.protection.rounding import nearest
from warehouse.protection.rules import VOLUME, NoiseRule

KEY = b"\x06" * 32
LEVEL = {"GM": "municipality", "CR": "corop", "PV": "province", "NL": "country"}
AREAS = {code: Area(code, code, LEVEL[code[:2]], parent) for code, parent in twins.PARENTS.items()}
NUMBERS = [f"+31620{number:06d}" for number in range(200)]
# The bars that the registered and cleared crimes of nine municipalities are read against (CBS StatLine 80344ned, 2012):
# numerators that remain when the percentage is set beside the rounded counts, in the order of `ratios.STATLINE`.
REMAIN = [(79,), (316, 317), (221, 222), (38,), (64,), (50,), (96,), (77,), (68,)]


def protected_view() -> View:
    day = twins.MONDAY + timedelta(days=1)
    before = protect(Estimates(twins.estimate_rows(twins.counts(), "day", twins.MONDAY, ("all",))), AREAS, KEY)
    rows = [
        *twins.estimate_rows(twins.counts(leaver=True), "day", day, ("all",)),
        *twins.estimate_rows(twins.counts(), "block", twins.MONDAY),
    ]
    figures = protect(Estimates(rows), AREAS, KEY)
    return View(figures.volumes, twins.PARENTS, earlier=before.volumes, shares=figures.shares)


def test_a1_recovers_hidden_cells_from_a_threshold_alone() -> None:
    found = {bound.cell[2]: (bound.low, bound.high) for bound in bounds.narrowed(twins.threshold_only())}
    assert found == {"GMA3": (3, 9), "GMA5": (4, 9), "GM0153": (3, 3), "ro": (4, 9)}
    assert not bounds.narrowed(protected_view())


def test_a1_links_classes_and_areas_together() -> None:
    """Two hidden towns share a region; the classes of one are printed: only both links together bare the other."""
    cell = CellId("week", twins.MONDAY, "CRA2", "all")
    rows = twins.as_figures(twins.estimate_rows(twins.counts(), "week", twins.MONDAY), 10)
    found = {bound.cell for bound in bounds.narrowed(View(rows, twins.PARENTS, mechanism=twins.THRESHOLD_ONLY))}
    assert cell._replace(area_code="GMA5") in found
    assert cell._replace(area_code="GMA5", setting_code="home") in found


def test_a2_finds_small_differences_and_the_one_who_left() -> None:
    twin = twins.exact()
    named = {(claim.outer[2], claim.inner[2], claim.low) for claim in nesting.nested(twin)}
    assert ("CRA2", "GMA4", 4) in named
    leavers = differencing.one_person_claims(differencing.successive(twin), twin.mechanism)
    assert any(str(pair).startswith("day 2026-10-13 GMA1") for pair in leavers)
    assert any(str(step).startswith("day 2026-10-13 GMA1") for step in sequence.steps_of_one(twin))
    view = protected_view()
    assert not nesting.nested(view)
    assert not differencing.one_person_claims(differencing.successive(view), view.mechanism)


@pytest.mark.parametrize("gap", range(-20, 21))
def test_a2_nobody_is_ever_sure_about_one_person(gap: int) -> None:
    assert differencing.one_person(gap, PROTECTED) < differencing.SURE
    assert differencing.one_person(gap, PROTECTED, sees_rounding=True) < differencing.SURE


def test_a2_day_pairs_of_a_year_at_forty() -> None:
    """Exact counts give away one person on a fifth of day pairs or more; protected figures on none, level kept."""
    import random

    chance = random.Random(5)
    people = [chance.getrandbits(62) for _ in range(40)]
    counts, figures = [], []
    for _ in range(365):
        people = [person for person in people if chance.random() > 0.02]
        people += [chance.getrandbits(62) for _ in range(sum(chance.random() < 0.02 for _ in range(40)))]
        error = draw(KEY, "volume", sum(people) % (1 << 63), len(people), VOLUME.noise)
        counts.append(len(people))
        figures.append(nearest(len(people) + error, 5))

    def claims(series: list[int], by: Mechanism) -> tuple[float, float]:
        cell = CellId("day", twins.MONDAY, "GMA1", "all")
        pairs = [differencing.Pair(cell, str(n), series[n + 1] - series[n]) for n in range(364)]
        (chances,) = sequence.chance_of_one([series], by)
        return len(differencing.one_person_claims(pairs, by)) / 364, float((chances >= differencing.SURE).mean())

    assert min(claims(counts, EXACT)) > 0.2
    assert max(claims(figures, PROTECTED)) <= 0.05
    assert sum(abs(a - b) for a, b in zip(counts, figures, strict=True)) / 365 <= 3


def flow(origin: str, count: int | None) -> MovementFigure:
    status: Status = BELOW if count is None else PUBLISHED
    return MovementFigure(twins.MONDAY, origin, FOCUS, status, "" if count else BELOW, count, count, count, [])


def test_a1_sets_a_correction_beside_what_it_corrects() -> None:
    """A sum of the first version and its parts in the second: together they bare the small ones."""
    fine = [flow("GM0164", 25), flow("GM0141", None), flow("CR12R", None)]
    view = View(new=[], parents={}, movements=fine, earlier_movements=[flow("CR12X", 15)])
    found = {bound.cell: (bound.low, bound.high) for bound in bounds.narrowed(view)}
    assert found == {row.cell: (0, 4) for row in fine[1:]}
    assert not bounds.narrowed(replace(view, earlier_movements=[]))
    hide = remedy.withheld(view, found, [], [])
    assert hide == {row.cell for row in fine}
    hidden = [replace(row, status_code=WITHHELD, reason_code="attack", move_count=None) for row in fine]
    assert not bounds.narrowed(replace(view, movements=hidden))


def test_a1_languages_of_regions_and_of_versions() -> None:
    """A language printed in a region and in all its parts but one says how large the last one is."""
    rows = twins.languages_of_regions()
    view = View([], twins.PARENTS, languages=rows, mechanism=twins.THRESHOLD_ONLY)
    (bound,) = bounds.narrowed(view)
    assert (bound.cell, bound.low, bound.high) == (rows[1].cell, 4, 9)
    assert remedy.withheld(view, [bound.cell], [], []) == {rows[2].cell}


def test_a1_a_week_narrows_the_days_that_were_released_before_it() -> None:
    """Day: the region holds 18 and more, two towns under 20. Week: one town under 10. So the other had 9 and more."""
    day, parents = date(2026, 10, 14), {"PV-A": None, "CRA1": "PV-A", "CRA2": "PV-A"}
    few = {"status_code": WITHHELD, "reason_code": "few_for_a_day"}

    def row(period: str, start: date, area: str, count: int | None, **hidden: Any) -> VolumeFigure:
        status = (
            {"status_code": PUBLISHED, "reason_code": ""} if count else {"status_code": BELOW, "reason_code": BELOW}
        )
        cell = CellId(period, start, area, "all")
        blank = {"floor_count": None, "lower_count": None, "upper_count": None, "coverage_share": None}
        rest = {"source_group_count": 3, "completeness_share": 1.0, "warnings": []}
        return VolumeFigure(*cell, advertiser_count=count, **{**status, **hidden}, **blank, **rest)  # type: ignore[arg-type]

    days = [row("day", day, "PV-A", 35), row("day", day, "CRA1", None, **few), row("day", day, "CRA2", None, **few)]
    week = [row("week", twins.MONDAY, area, count) for area, count in (("PV-A", 60), ("CRA1", 55), ("CRA2", None))]
    assert not bounds.narrowed(View(days, parents))
    view = View(week, parents, earlier=days)
    found = {bound.cell.area_code: (bound.low, bound.high) for bound in bounds.narrowed(view)}  # type: ignore[union-attr]
    assert found == {"CRA2": (9, 9)}
    assert remedy.withheld(view, [days[2].cell], [], []) == {week[2].cell}
    week[2] = replace(week[2], status_code=WITHHELD, reason_code="attack")
    assert not bounds.narrowed(View(week, parents, earlier=days))
    # What the days tell by themselves no week can take back, and it blocks none.
    told = [replace(days[0], advertiser_count=40), *days[1:]]
    assert bounds.narrowed(View(told, parents)) == []
    bare = [replace(days[0], advertiser_count=35), days[1], replace(days[2], status_code=BELOW, reason_code=BELOW)]
    assert bounds.narrowed(View(bare, parents))
    assert not bounds.narrowed(View([row("week", twins.MONDAY, "PV-A", 60)], parents, earlier=bare))


def test_a2_reads_all_versions_of_a_day_and_of_the_days_around() -> None:
    """Two corrections later the first two versions are still what somebody read."""
    cell = CellId("day", twins.MONDAY, "GMA1", "all")
    (row,) = [
        row
        for row in twins.as_figures(twins.estimate_rows(twins.counts(), "day", twins.MONDAY, ("all",)), 10)
        if row.cell == cell
    ]
    old = [replace(row, advertiser_count=count) for count in (77, 78)]
    before = replace(row, period_start_date=twins.MONDAY - timedelta(days=1), advertiser_count=81)
    view = View([replace(row, advertiser_count=80)], twins.PARENTS, earlier=[before, *old], mechanism=EXACT)
    assert [pair.gap for pair in differencing.successive(view)] == [-1, 3, 2]
    assert versions(view.earlier)[cell] == (77, 78)
    tongue = twins.languages_of_regions()[0]
    spoken = View([], {}, languages=[replace(tongue, advertiser_count=41)], earlier_languages=[tongue])
    assert [(pair.cell, pair.gap) for pair in differencing.successive(spoken)] == [(tongue.cell, 1)]


def test_a2_sets_flows_and_languages_beside_those_that_hold_them() -> None:
    wide, fine = flow("CR12X", 44), flow("GM0164", 41)
    claims = nesting.nested(View([], {}, movements=[fine], earlier_movements=[wide], mechanism=EXACT))
    assert [(claim.outer, claim.inner, claim.low) for claim in claims] == [(wide.cell, fine.cell, 3)]
    assert not nesting.nested(View([], {}, movements=[fine], earlier_movements=[wide]))
    view = View([], twins.PARENTS, languages=twins.languages_of_regions(), mechanism=EXACT)
    assert [(claim.outer[1], claim.inner[1], claim.low) for claim in nesting.nested(view)] == [("PV-A", "CRA1", 4)]
    # What an area folds another may name: `other` need not nest.
    folded = [replace(row, language_code="other") for row in twins.languages_of_regions()]
    assert not nesting.nested(replace(view, languages=folded))


def test_a2_later_days_tell_of_earlier_ones() -> None:
    """One figure that differs from its neighbours on both sides: the last day makes sure of the step before it."""
    (alone,) = sequence.chance_of_one([[40, 41]], EXACT)
    assert alone[0] == pytest.approx(1.0)
    # The error is drawn anew on each change; a figure that comes back makes it likelier that nobody was added.
    (short,), (long,) = sequence.chance_of_one([[40, 45]], PROTECTED), sequence.chance_of_one([[40, 45, 40]], PROTECTED)
    assert short[0] != pytest.approx(long[0], abs=1e-3)


def test_a2_a_great_step_blinds_the_reader_on_that_day_only() -> None:
    """He holds 39 to 46 for impossible, and still knows of the day before that somebody left."""
    short, long, far = sequence.chance_of_one([[40, 39, 39], [40, 39, 39, 46, 45], [40, 39] + [139] * 3], EXACT)
    assert short[:1] == long[:1] == far[:1] == pytest.approx(1.0)
    assert long[2:] == pytest.approx([0.0, 1.0])


def test_a2_reading_days_together_is_counting_all_ways() -> None:
    """Three days, summed over every way that counts and errors can have gone (`one_person` does so for two)."""
    series = [40, 45, 40]
    errors, weights = law(5, NoiseRule())
    ways: dict[int, float] = {}
    for first in range(25, 60):
        for at, chance in zip(errors, weights, strict=True):
            for one, p in _steps(first, at, series[1], dict(zip(errors, weights, strict=True))):
                for _, q in _steps(*one, series[2], dict(zip(errors, weights, strict=True))):
                    if nearest(first + at, 5) == series[0]:
                        size = 0 if one == (first, at) else abs(one[0] - first)
                        ways[size] = ways.get(size, 0.0) + chance * p * q
    (told,) = sequence.chance_of_one([series], PROTECTED)
    assert told[0] == pytest.approx(ways[1] / sum(ways.values()), rel=1e-9)


def _steps(count: int, error: int, figure: int, chances: dict[int, float]) -> Iterator[tuple[tuple[int, int], float]]:
    """Give the counts and errors of the next day that print a figure, with their chances."""
    if nearest(count + error, 5) == figure:
        yield (count, error), differencing.PRIOR[0]
    for size, prior in enumerate(differencing.PRIOR[1:], start=1):
        for sign in (-1, 1):
            for fresh, chance in chances.items():
                if nearest(count + sign * size + fresh, 5) == figure:
                    yield (count + sign * size, fresh), prior / 2 * chance


@settings(max_examples=30)
@given(st.integers(8, 16), st.lists(st.integers(-1, 1), min_size=1, max_size=11))
def test_a2_days_that_hardly_change_tell_no_step(first: int, steps: list[int]) -> None:
    """Figures that move by no more than their rounding leave "exactly one" untold, however many days are read."""
    series = [5 * (first + sum(steps[:day])) for day in range(len(steps) + 1) if first + sum(steps[:day]) >= 2]
    for weight in sequence.WEIGHTS:
        (chances,) = sequence.chance_of_one([series], PROTECTED, weight)
        assert (chances < differencing.SURE).all()


@settings(max_examples=30)
@given(st.lists(st.integers(4, 16).map(lambda count: 5 * count), min_size=2, max_size=12))
def test_a2_the_chances_are_those_of_counting_all_ways(series: list[int]) -> None:
    """Of two figures the forward-backward algorithm says what the plain sum over all ways says.

    A series that jumps by more than the law of steps allows can be told for sure: `remedy` withholds its days.
    """
    for weight in sequence.WEIGHTS:
        (chances,) = sequence.chance_of_one([series], PROTECTED, weight)
        assert ((chances >= 0) & (chances <= 1 + 1e-9)).all()
    (pair,) = sequence.chance_of_one([series[:2]], PROTECTED)
    if abs(series[1] - series[0]) <= 10:
        plain = differencing.one_person(series[1] - series[0], PROTECTED, sees_rounding=True)
        assert pair[0] == pytest.approx(plain, abs=0.01)


def test_a3_statline_gives_seven_of_nine() -> None:
    left = [
        ratios.recover(
            int(row["numerator"]), int(row["denominator"]), float(row["percent"]) / 100, blur=2, digits=3
        ).numerators
        for row in ratios.STATLINE
    ]
    assert left == REMAIN
    assert ratios.statline_control(ratios.STATLINE) == 7


def test_a3_shares_of_unrounded_counts_tell_and_ours_do_not() -> None:
    assert ratios.narrowed(twins.rounded_only())
    assert not ratios.narrowed(protected_view())


def test_a4_thirty_requests() -> None:
    rows = twins.estimate_rows(twins.counts(), "day", twins.MONDAY)
    truth = {row.cell: row.point_count or 0.0 for row in rows}
    assert averaging.is_control_won(truth)
    assert not averaging.varying(lambda: printed(protect(Estimates(rows), AREAS, KEY).volumes))


def test_a5_keys_of_epochs() -> None:
    assert rekeying.is_control_won()
    values = [f"value {n}".encode() for n in range(100)]
    keyed = {
        (purpose, epoch): [hmac.digest(f"{purpose} {epoch}".encode(), value, hashlib.sha256) for value in values]
        for purpose in ("contact", "content")
        for epoch in ("E0001", "E0002")
    }
    assert not rekeying.joined(keyed)
    keyed["contact", "E0002"].append(keyed["contact", "E0001"][3])
    assert rekeying.joined(keyed) == ["contact E0001 joins contact E0002"]


def planted() -> dict[str, bytes]:
    number = NUMBERS[42]
    local = "0" + number[3:]
    return {
        "plain": b"x" * 9 + local.encode() + b"!",
        "spaced": f"{local[:2]} {local[2:]}".encode(),
        "dashed": f"{local[:2]}-{local[2:]}".encode(),
        "utf16": number.encode("utf-16-le"),
        "base64": base64.b64encode(b"tel:" + number.encode() + b";tail"),
        "sha256": os.urandom(11) + hashlib.sha256(number.encode()).digest() + os.urandom(7),
        "md5hex": hashlib.md5(local.encode()).hexdigest().encode(),
        "sha1base64": base64.b64encode(hashlib.sha1(number[1:].encode()).digest()),
        "pairs": f"06-{' '.join(local[at : at + 2] for at in range(2, 10, 2))}".encode(),
        "bigint": os.urandom(5) + int(number).to_bytes(8, "little") + os.urandom(5),
        "cut short": os.urandom(5) + hashlib.sha256(local.encode()).digest()[:8] + os.urandom(5),
        "cut short, hex": hashlib.sha512(number.encode()).hexdigest()[:20].upper().encode(),
    }


@pytest.mark.parametrize("name", planted())
def test_a6_finds_every_form(name: str) -> None:
    haystack = brute_force.Haystack(brute_force.needles_of_numbers(NUMBERS))
    assert haystack.scan(name, planted()[name])


def test_a6_finds_numbers_across_chunks_and_in_packed_files(tmp_path: Path) -> None:
    haystack = brute_force.Haystack(
        {**brute_force.needles_of_numbers(NUMBERS), **brute_force.needles_of_texts(["Roos van de Zoutmarkt"])}
    )
    (tmp_path / "deep").mkdir()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "left-out").write_text(NUMBERS[0])
    (tmp_path / "deep" / "log.gz").write_bytes(gzip.compress(f"bel {NUMBERS[7]}".encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.txt", "hier is Roos van de Zoutmarkt te vinden")
    (tmp_path / "b.bz2").write_bytes(bz2.compress(f"bel {NUMBERS[8]}".encode()))
    (tmp_path / "torn.gz").write_bytes(gzip.compress(os.urandom(9_000))[:5_000])
    (tmp_path / "large").write_bytes(os.urandom((1 << 22) - 5) + NUMBERS[9].encode() + os.urandom(1000))
    hits, files = brute_force.scan_files(haystack, [tmp_path])
    assert files == 5
    assert {hit.where for hit in hits} == {"deep/log.gz (unpacked)", "a.zip/b.txt", "b.bz2 (unpacked)", "large"}
    assert not any(number in str(hit) for hit in hits for number in NUMBERS)


def test_a6_a_number_amid_hexadecimal_digits_is_chance() -> None:
    haystack = brute_force.Haystack(brute_force.needles_of_numbers(NUMBERS))
    local = b"0" + NUMBERS[3][3:].encode()
    assert not haystack.scan("pseudonym", b"\\x9f" + local + b"c4d0")
    for around in (b"tel%s\n", b"\t%s\t", b"%s", b"call %s99"):
        assert haystack.scan("kept", around % local)


def test_a6_keyed_pseudonyms_are_not_found() -> None:
    haystack = brute_force.Haystack(brute_force.needles_of_numbers(NUMBERS))
    kept = b"".join(hmac.digest(KEY, number.encode(), hashlib.sha256) for number in NUMBERS)
    assert not haystack.scan("kept", kept + os.urandom(1 << 20))
    assert brute_force.is_control_won(NUMBERS)


def test_a9_four_points() -> None:
    assert unicity.is_control_won()
    harmless = [("area_code", "text"), ("period_start_date", "date"), ("advertiser_count", "integer")]
    assert not unicity.subject_columns(harmless)
    assert unicity.subject_columns([*harmless, ("listing_key", "bytea"), ("label", "text")]) == ["label", "listing_key"]
    alike = {f"p{n}": frozenset({(f"w{week}", "m1") for week in range(6)}) for n in range(3)}
    assert not unicity.unique_subjects(alike)


def test_a10_scan() -> None:
    twin = twins.exact()
    rows = twins.estimate_rows(twins.counts(), "block", twins.MONDAY)
    days = twins.estimate_rows(twins.counts(leaver=True), "day", twins.MONDAY + timedelta(days=1), ("all",))
    found = disclosure.found(twin, Estimates([*rows, *days]))
    assert any("GMA3 all: small" in line for line in found)
    assert any("all but a few" in line for line in found)
    assert any("none or all" in line for line in found)
    assert any("CR12X GM0153: told twice" in line for line in found)
    dominated = [replace(row, largest_share=0.7) for row in [*rows, *days]]
    assert any("dominated" in line for line in disclosure.found(twin, Estimates(dominated)))
    assert not disclosure.found(protected_view(), Estimates([*rows, *days]))


def test_the_battery_fails_on_the_twin_and_passes_on_the_release() -> None:
    rows = [
        *twins.estimate_rows(twins.counts(leaver=True), "day", twins.MONDAY + timedelta(days=1), ("all",)),
        *twins.estimate_rows(twins.counts(), "block", twins.MONDAY),
    ]
    columns = {"volume": [("area_code", "text")]}
    twin = before_release(twins.exact(), Estimates(rows), columns, dict)
    assert {result.code for result in twin.results if result.outcome == "failed"} == {"A1", "A2", "A10"}
    ours = before_release(protected_view(), Estimates(rows), columns, dict)
    assert {result.outcome for result in ours.results} == {"passed", "not_run"}
    assert all(result.is_control_won for result in ours.results if result.outcome == "passed")
    assert all(result.reason for result in ours.results if result.outcome == "not_run")


@given(st.binary(max_size=9), st.binary(min_size=9, max_size=20), st.binary(max_size=9))
def test_a6_a_needle_in_base64_is_found_wherever_it_stands_and_holds_nearly_all_of_it(before, raw, after) -> None:
    needle = brute_force._within_base64(raw, len(before) % 3)
    assert needle in base64.b64encode(before + raw + after)
    assert len(needle) * 6 > 8 * len(raw) - 12


def test_a6_the_text_of_a_pdf_in_a_mail_is_no_number() -> None:
    """PDF files write their texts as hexadecimal UTF-16, in which digits stand between zeros, and mail encodes that."""
    text = " ".join(map(str, range(1_000))).encode("utf-16-be").hex().upper().encode()
    haystack = brute_force.Haystack(brute_force.needles_of_numbers([f"+3162000{index:04d}" for index in range(10_000)]))
    assert not haystack.scan("a.pdf", text)
    for lead in range(3):
        assert not haystack.scan("a.eml", base64.b64encode(b"<" * lead + text))
