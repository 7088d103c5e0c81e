from dataclasses import replace
from datetime import date, timedelta

from reports.dashboard.level_section import level_section

NOTE = "niet gekalibreerd"


def test_an_event_of_policy_is_a_line_with_its_words(fill):
    section = level_section(fill.snapshot(weeks=60), "week", "GM0153", "week")
    assert section.dated_notes == ((date(2026, 3, 2), "A: 2 maart 2026, Proef met meldplicht."),)
    assert 'class="e" data-d="2026-03-02"' in section.chart


def test_an_event_of_a_year_only_is_no_line(fill):
    made = fill.snapshot(weeks=60)
    made = replace(made, events=[replace(event, precision_code="year") for event in made.events])
    assert level_section(made, "week", "GM0153", "week").dated_notes == ()


def test_a_number_of_source_groups_that_changes_breaks_the_series(fill):
    made = fill.snapshot(weeks=10)
    weeks = made.series("week", "GM0153")
    late = {row.period_start_date for row in weeks[6:]}
    rows = [
        replace(row, source_group_count=4) if row.period_code == "week" and row.period_start_date in late else row
        for row in made.volumes
    ]
    section = level_section(replace(made, volumes=rows), "week", "GM0153", "week")
    assert [note for _, note in section.dated_notes if "4 groepen bronnen in plaats van 3" in note]
    assert 'class="c-break"' in section.chart


def test_a_list_from_outside_breaks_the_series(fill):
    made = fill.snapshot(weeks=6)
    last = made.last_week("GM0153").period_start_date
    rows = [replace(row, warnings=["external_list"]) if row.period_start_date == last else row for row in made.volumes]
    [(_, note)] = level_section(replace(made, volumes=rows), "week", "GM0153", "week").dated_notes
    assert "telt een lijst van buiten mee" in note


def test_a_warning_of_all_figures_is_said_once(fill):
    [table] = level_section(fill.snapshot(weeks=6), "week", "GM0153", "week").tables
    assert NOTE in table.caption
    assert not any(NOTE in cell for row in table.rows for cell in row)
    made = fill.snapshot(weeks=6)
    last = made.last_week("GM0153").period_start_date
    rows = [replace(row, warnings=[]) if row.period_start_date == last else row for row in made.volumes]
    [table] = level_section(replace(made, volumes=rows), "week", "GM0153", "week").tables
    assert NOTE not in table.caption
    assert sum(NOTE in row[-1] for row in table.rows) == 5


def test_days_are_not_chosen_among(fill):
    section = level_section(fill.snapshot(weeks=6), "day", "GM0153", "dag")
    assert "data-d" not in section.chart
    assert not section.tables[0].starts


def test_every_week_of_two_years_is_in_the_table(fill):
    [table] = level_section(fill.snapshot(weeks=104), "week", "CR12", "week").tables
    assert len(table.rows) == len(table.starts) == 104


def test_what_happened_in_one_week_shares_a_line(fill):
    made = fill.snapshot(weeks=60)
    again = replace(made.events[2], event_code="GM0153-3", event_date=date(2026, 3, 5), event_name="Nog iets")
    [(day, note)] = level_section(replace(made, events=[*made.events, again]), "week", "GM0153", "week").dated_notes
    assert (day, note) == (date(2026, 3, 2), "A, B: 2 maart 2026, Proef met meldplicht. B: 5 maart 2026, Nog iets.")


def test_a_week_without_a_row_is_a_gap_and_not_left_out(fill):
    made = fill.snapshot(weeks=10)
    gone = made.series("week", "GM0153")[4].period_start_date
    rows = [row for row in made.volumes if (row.period_code, row.period_start_date) != ("week", gone)]
    [table] = level_section(replace(made, volumes=rows), "week", "GM0153", "week").tables
    assert len(table.rows) == 10
    assert "geen betrouwbaar cijfer" in table.rows[5][1]


def test_one_reason_for_all_that_is_not_there_is_said_once(fill):
    made = fill.snapshot(weeks=20)
    rows = [
        fill.hidden("week", row.period_start_date, row.area_code, "all", "unreliable", "too_few_source_groups")
        if row.period_code == "week"
        else row
        for row in made.volumes
    ]
    [table] = level_section(replace(made, volumes=rows), "week", "GM0153", "week").tables
    assert "Waar geen cijfer staat: er waren te weinig bronnen" in table.caption
    assert not any(row[-1] for row in table.rows)


def test_an_event_is_told_as_well_as_its_date_is_known_and_in_its_own_week(fill):
    made = fill.snapshot(weeks=10)
    last = made.last_week("GM0153").period_start_date
    event = replace(made.events[2], event_date=date(2026, 10, 1), precision_code="month")
    newest = replace(event, event_date=last + timedelta(days=6), precision_code="day", event_name="Net gebeurd")
    later = replace(newest, event_date=last + timedelta(days=7))
    notes = level_section(replace(made, events=[event, newest, later]), "week", "GM0153", "week").dated_notes
    assert notes == (
        (date(2026, 9, 28), "A: oktober 2026, Proef met meldplicht."),
        (last, "B: 8 november 2026, Net gebeurd."),
    )
