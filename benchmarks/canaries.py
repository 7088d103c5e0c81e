"""Plant 200 numbers and 200 sentences, run the whole demo, Airflow included, and look for them everywhere.

    .venv/bin/python benchmarks/canaries.py

Looks in every file of the state folder (keys aside), the database's own files and write-ahead log, and a dump of the
warehouse and of Airflow's database (XCom, rendered fields). Prints hits per place, and the positive control: the same
search over the pages as they were served.
"""

import hashlib
import subprocess
import tempfile
from pathlib import Path

from advertentiemonitor.demo.market import make_world
from advertentiemonitor.demo.run import demo
from simulation.numbers import canaries as canary_numbers
from simulation.settings import SITE_NAMES, Canaries
from warehouse import binaries
from warehouse.audit.brute_force import Haystack, needles_of_numbers, needles_of_texts, scan_files
from warehouse.server import Server

COUNT = 200
DAYS = 8
SEED = 11


def planted() -> Canaries:
    words = [hashlib.sha256(f"canary {number}".encode()).hexdigest()[:12] for number in range(COUNT)]
    return Canaries(canary_numbers(COUNT), tuple(f"een kanarie met code {word} zingt" for word in words), COUNT)


def dump(server: Server, role: str) -> bytes:
    command = [str(binaries.find() / "pg_dump"), server.dsn(role)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def main() -> None:
    canaries = planted()
    needles = {**needles_of_numbers(canaries.numbers), **needles_of_texts(canaries.sentences)}
    haystack = Haystack(needles)
    with tempfile.TemporaryDirectory(prefix="admon-canaries-") as folder:
        Path(folder).chmod(0o711)
        demo(days=DAYS, seed=SEED, out=Path(folder) / "demo", canaries=canaries)
        state = Path(folder) / "demo" / "state"
        with Server(state) as server:
            files, count = scan_files(haystack, [state, server.data])
            warehouse = haystack.scan("warehouse", dump(server, "owner"))
            airflow = haystack.scan("airflow", dump(server, "airflow"))
    world = make_world(SEED, DAYS, canaries)
    served = "\n".join(
        f"{ad.title}\n{ad.body}\n{ad.contact}"
        for day in world.days
        for site in SITE_NAMES
        for ad in world.site(site).listings(day)
    )
    found = sum(sentence in served for sentence in canaries.sentences)
    print(f"planted: {COUNT} numbers, {COUNT} sentences; needles searched: {len(needles):,}")
    print(
        f"positive control: {found} of {COUNT} sentences were on the pages served; "
        f"the search finds {'some' if haystack.scan('pages', served.encode()) else 'NOTHING'} there"
    )
    print(f"hits in {count:,} files of the state folder and database: {len(files)}")
    print(f"hits in the dump of the warehouse: {len(warehouse)}")
    print(f"hits in the dump of Airflow's database (XCom): {len(airflow)}")
    for hit in sorted(map(str, files | warehouse | airflow)):
        print("  ", hit)


if __name__ == "__main__":
    main()
