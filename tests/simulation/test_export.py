import json
from pathlib import Path

from simulation.export import write
from simulation.world import World


def test_it_writes_the_same_bytes_again(quiet_world: World, tmp_path: Path) -> None:
    first, again = write(quiet_world, tmp_path / "a"), write(quiet_world, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    rows = [json.loads(line) for line in first[0].read_text("utf-8").splitlines()]
    assert {row["source"] for row in rows} == {"nl_kaartjes", "nl_gegevens", "nl_prikbord", "nl_rubriek"}
    truth = json.loads(first[1].read_text("utf-8"))
    assert truth["advertisers"]["GM0153"] == quiet_world.truth.advertisers(
        "GM0153", quiet_world.days[0], quiet_world.days[-1]
    )
