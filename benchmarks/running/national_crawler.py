"""The installation's crawler with room for sites of national size: the contracts as they are, but for their caps on pages.

Started by `national_day.py` in place of `python -m advertentiemonitor.crawler`; the folder of contracts is its argument.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from spiders import register  # noqa: E402

CAPS = {"index_page_cap": 5_000, "page_cap": 200_000, "max_listings": 100_000}


def widen(folder: Path) -> None:
    """Copy the synthetic sources into a folder, with caps that a national site fits in, and make them the register."""
    for path in register.SOURCES.glob("nl_*.*"):
        text = path.read_text(encoding="utf-8")
        for name, cap in CAPS.items():
            text = re.sub(rf"\b{name}: \d+", f"{name}: {cap}", text)
        (folder / path.name).write_text(text, encoding="utf-8")
    register.SOURCES = folder


if __name__ == "__main__":
    from advertentiemonitor import crawler

    register.SOURCES = Path(sys.argv[1])
    crawler.serve()
