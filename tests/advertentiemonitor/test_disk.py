"""The disk guard: a stage does not begin on a disk that is nearly full; what makes room goes on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from advertentiemonitor import disk, stages
from advertentiemonitor.errors import DiskNearlyFull
from advertentiemonitor.installation import _room, initialise
from advertentiemonitor.settings import Settings
from warehouse.server import Server

from .conftest import KEYS

DAY = date(2026, 10, 12)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 MB, less than any stage begins with."""
    command = ["mount", "-t", "tmpfs", "-o", "size=300m,mode=0711", "tmpfs", str(tmp_path)]
    try:
        made = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("NOT TESTED: a nearly full disk, for no small one may be mounted here")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_no_stage_begins_and_retention_goes_on(small):
    settings = Settings(state=small / "state", market_today=DAY)
    try:
        initialise(settings, KEYS)
        for name, stage in {"collect": stages.collect, **stages.AFTER_COLLECTING}.items():
            arguments = ("nl_kaartjes",) if name == "collect" else ()
            with pytest.raises(DiskNearlyFull, match=r"\d+ MB free.* Make room") as caught:
                stage(settings, DAY, *arguments)
            assert caught.value.exit_code == 1
        assert stages.retention(settings, DAY) == 0
        assert "nearly full" in _room(settings)
    finally:
        Server(settings.root).destroy()


def test_the_floor_is_that_of_the_disk_it_stands_on(tmp_path):
    settings = Settings(state=tmp_path / "not" / "yet")
    free = shutil.disk_usage(tmp_path).free
    disk.check(settings, 1)
    with pytest.raises(DiskNearlyFull):
        disk.check(settings, free * 2)
    assert disk.REFUSED_BYTES < disk.WARNED_BYTES


def test_the_guard_is_on_every_stage_of_the_chain_and_on_no_other():
    guarded = {name for name in dir(stages) if hasattr(getattr(stages, name), "__wrapped__")}
    assert guarded >= {"collect", *stages.AFTER_COLLECTING}
    assert not guarded & {"retention", "retain", "rotate_keys", "calibrate"}
