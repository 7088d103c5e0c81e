from datetime import timedelta

import pytest

from advertentiemonitor import publishing, stages
from advertentiemonitor.errors import BadSetting
from advertentiemonitor.observing import metrics, runs
from advertentiemonitor.publishing import theme_of
from advertentiemonitor.settings import Settings


def test_a_house_style_is_read(tmp_path):
    style = tmp_path / "huisstijl.css"
    style.write_text(":root { --utrecht-link-color: #00573d; }")
    assert theme_of(Settings(theme=style)) == style.read_text()
    assert theme_of(Settings()) == ""


def test_a_house_style_that_cannot_be_read_is_named(tmp_path):
    binary = tmp_path / "huisstijl.css"
    binary.write_bytes(b"\xff\xfe")
    for path in (tmp_path / "elders.css", tmp_path, binary):
        with pytest.raises(BadSetting, match="ADVERTENTIEMONITOR_THEME"):
            theme_of(Settings(theme=path))


def test_an_older_day_that_is_told_again_leaves_the_dashboard_at_the_last(installation, job):
    settings, first = installation.settings, job.world.settings.first_day
    index = settings.root / "dashboard" / "index.html"
    stages.publish(settings, first + timedelta(days=job.world.settings.days - 1))
    last = index.read_bytes()
    stages.publish(settings, first + timedelta(days=2))
    assert index.read_bytes() == last
    publishing.make(settings, "dashboard", first + timedelta(days=2))  # but a person may ask for an older one
    assert index.read_bytes() != last
    stages.publish(settings, first)
    assert index.read_bytes() == last


def test_a_digest_by_hand_is_told_as_done(installation, job):
    settings, day = installation.settings, job.world.settings.first_day + timedelta(days=3)
    failed = runs.Part(stage="publish", begun="2026-10-15T06:00:00Z", outcome="failed", error="MailNotSent")
    runs.change(settings, day, lambda report: report.with_part(failed))
    publishing.make(settings, "digest", day)
    assert runs.report_of(settings, day).part("publish").outcome == "done"
    assert (
        'stage_failed{error="",source="",stage="publish"} 0.0' in (metrics.folder(settings) / metrics.FILES).read_text()
    )
