import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import wording
from warehouse.protection import cells


@given(st.dates(date(2025, 12, 1), date(2040, 1, 1)))
def test_a_period_names_both_its_ends(day):
    text = wording.span(day, day + timedelta(days=6))
    assert text.startswith(f"{day.day}")
    assert text.endswith(wording.day_plain(day + timedelta(days=6)))


@given(st.integers(0, 9))
def test_no_number_under_ten_is_ever_written(value):
    assert wording.bound(value) == "minder dan 10"


@pytest.mark.parametrize("status", [cells.BELOW, cells.WITHHELD, cells.UNRELIABLE])
def test_every_status_has_its_own_words(status):
    assert wording.status(status) in wording.STATUSES.values()


def test_words_that_the_house_avoids_are_not_there():
    root = Path(__file__).parents[2] / "reports"
    texts = [*root.rglob("*.py"), *root.glob("templates/*.j2")]
    for path in texts:
        assert not re.search(r"prostitu|nationaliteit|herkomst van de (vrouw|persoon)", path.read_text(), re.IGNORECASE)
