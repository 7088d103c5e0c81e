from simulation.outages import layout_changed_on, outage
from simulation.settings import SITE_NAMES, WorldSettings


def test_outages_come_at_the_asked_rate_and_spare_the_edges() -> None:
    settings = WorldSettings(days=700, outage_rate=0.05, partial_rate=0.1)
    days = [settings.first_day.fromordinal(settings.first_day.toordinal() + i) for i in range(settings.days)]
    found = [outage(settings, name, day) for name in SITE_NAMES for day in days]
    assert 0.04 < sum(o.is_total for o in found) / len(found) < 0.06
    assert 0.08 < sum(bool(o.index_pages) for o in found) / len(found) < 0.12
    edges = [outage(settings, name, day) for name in SITE_NAMES for day in (days[0], days[-1])]
    assert not any(o.is_total or o.index_pages for o in edges)
    assert [outage(settings, name, day) for name in SITE_NAMES for day in days] == found


def test_layout_changes_in_the_middle_or_never() -> None:
    assert layout_changed_on(WorldSettings(layout_change="none")) is None
    for seed in range(20):
        changed = layout_changed_on(WorldSettings(seed=seed))
        assert changed is not None
        assert 11 <= (changed - WorldSettings().first_day).days <= 22
