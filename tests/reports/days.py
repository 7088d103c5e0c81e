"""Days of every kind, as snapshots of made-up figures: what the digest has to say well."""

from dataclasses import replace
from datetime import date, timedelta

SUNDAY = date(2026, 11, 8)
MONDAY = date(2026, 11, 9)
WEEK = date(2026, 11, 2)  # the last whole week of both
BLOCK = date(2026, 10, 12)  # the block of four weeks that ends on that Sunday


def day_row(made, area, row):
    """Put a row in place of the figure of the day."""
    at = ("day", made.day, area)
    rows = [row if (v.period_code, v.period_start_date, v.area_code) == at else v for v in made.volumes]
    return replace(made, volumes=rows)


def last_week(made, **more):
    rows = [replace(v, **more) if (v.period_code, v.period_start_date) == ("week", WEEK) else v for v in made.volumes]
    return replace(made, volumes=rows)


def scaled(made, factor, since=WEEK):
    """Let the level of all that follows a day be higher or lower, days and weeks alike."""

    def times(count):
        return None if count is None else 5 * round(count * factor / 5)

    rows = [
        replace(v, advertiser_count=times(v.advertiser_count), floor_count=times(v.floor_count),
                lower_count=times(v.lower_count), upper_count=times(v.upper_count))
        if v.period_code != "block" and v.period_start_date >= since else v
        for v in made.volumes
    ]  # fmt: skip
    return replace(made, volumes=rows)


def told(made, status, reason="", since=None, *, start=WEEK):
    rows = [
        replace(a, status_code=status, reason_code=reason, since_date=since) if a.period_start_date == start else a
        for a in made.alerts
    ]
    return replace(made, alerts=rows)


def failed(made, days, *, source=None, reason="http_503"):
    """Let sources (one, or all) fail on the last days."""
    first = made.day - timedelta(days=days - 1)
    rows = [
        replace(q, state_code="failed", reason_code=reason, completeness_share=0.0)
        if q.day_date >= first and source in (None, q.source_code)
        else q
        for q in made.quality
    ]
    return replace(made, quality=rows)


def days(fill):
    """Give the days by name, each with the variant of its digest."""

    def at(*day, **more):
        return fill.snapshot(date(*day), everywhere=False, **more)

    plain = at(2026, 11, 8)
    blind = fill.snapshot(everywhere=False, blind={SUNDAY})
    half_year = at(2026, 11, 8, weeks=30)
    monday = at(2026, 11, 9, weeks=30, blocks=1)
    spoken = fill.languages([BLOCK - timedelta(days=28), BLOCK])
    rotated = replace(
        told(told(plain, "not_comparable", "epoch_boundary"), "not_comparable", "epoch_boundary", start=BLOCK),
        movements=[
            replace(m, status_code="unreliable", reason_code="epoch_boundary", move_count=None, lower_count=None,
                    upper_count=None)
            if m.reason_code != "rolled_up" else m
            for m in plain.movements
        ],
    )  # fmt: skip
    supervision = {
        "no_change": plain,
        "half_year": half_year,
        "higher": told(scaled(at(2026, 11, 8, weeks=20), 2.0), "higher", since=WEEK),
        "lower": told(scaled(plain, 0.6, date(2026, 10, 26)), "lower", since=date(2026, 10, 26)),
        "blind_day": failed(failed(blind, 1, source="nl_rubriek"), 1, source="nl_prikbord", reason="timeout"),
        "blind_source": fill.snapshot(everywhere=False, shut="nl_rubriek"),
        "source_down_three_days": failed(plain, 3, source="nl_rubriek"),
        "all_sources_down": failed(blind, 28, reason="timeout"),
        "first_day": at(2026, 10, 12, weeks=0),
        "no_block_yet": at(2026, 10, 20, weeks=1, blocks=0),
        "end_of_summer_time": at(2026, 10, 25, weeks=2, blocks=0),
        "start_of_summer_time": at(2027, 3, 28, weeks=12),
        "leap_day": at(2028, 2, 29, weeks=12, blocks=1),
        "new_year": at(2027, 1, 3, weeks=12),
        "new_years_day": at(2027, 1, 1, weeks=12, blocks=1),
        "christmas": at(2026, 12, 25, weeks=12, blocks=1),
        "kings_day_on_monday": at(2026, 4, 27, weeks=12, blocks=1),
        "below_threshold": day_row(
            plain, "GM0153", fill.hidden("day", SUNDAY, "GM0153", "all", "below_threshold", "below_threshold")
        ),
        "withheld": day_row(plain, "CR12", fill.hidden("day", SUNDAY, "CR12", "all", "withheld", "complement")),
        "unreliable": told(last_week(
            day_row(plain, "GM0153", fill.hidden("day", SUNDAY, "GM0153", "all", "unreliable", "too_few_recaptures")),
            status_code="unreliable", reason_code="too_few_recaptures", advertiser_count=None, lower_count=None,
            upper_count=None,
        ), "not_comparable", "too_few_recaptures"),
        "week_missing": replace(
            told(plain, "not_comparable", "too_few_periods"),
            volumes=[v for v in plain.volumes if (v.period_code, v.period_start_date) != ("week", WEEK)],
        ),
        "key_rotation": rotated,
        "external_list": told(
            last_week(plain, warnings=["external_list", "not_calibrated"]), "not_comparable", "external_list"
        ),
        "break_in_sources": told(
            last_week(plain, source_group_count=2, warnings=["not_calibrated", "two_sources"]),
            "not_comparable", "source_break",
        ),
        "days_without_crawl": replace(
            plain,
            quality=[q for q in plain.quality if q.day_date != SUNDAY],
            volumes=[v for v in plain.volumes if (v.period_code, v.period_start_date) != ("day", SUNDAY)],
        ),
        "monday": monday,
        "monday_with_alert": told(scaled(monday, 2.0), "higher", since=WEEK),
        "handbook": failed(  # the example of docs/handhaving.md
            told(scaled(at(2026, 11, 8, weeks=20), 1.6), "higher", since=WEEK), 3, source="nl_rubriek"
        ),
        "correction": replace(plain, editions=[*plain.editions[:-1], replace(plain.edition, version_number=2)]),
    }  # fmt: skip
    outreach = {
        "outreach": replace(half_year, languages=spoken),
        "outreach_monday": replace(
            failed(told(scaled(monday, 0.6), "lower", since=WEEK), 2, source="nl_rubriek"), languages=spoken
        ),
        "outreach_no_block_yet": supervision["no_block_yet"],
    }
    return {name: (made, "supervision") for name, made in supervision.items()} | {
        name: (made, "outreach") for name, made in outreach.items()
    }
