"""Score of the crawler's robots.txt decisions on the cases of the specification; nothing is fetched.

    .venv/bin/python benchmarks/collecting/robots.py

Prints how many decisions are as specified and names the cases that are not; ends with 1 when there are any.
"""

import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "spiders" / "data" / "robots_cases.toml"
sys.path.insert(0, str(ROOT))

from spiders.robots_rules import decide  # noqa: E402
from spiders.safety import PRODUCT  # noqa: E402


def cases() -> list[dict[str, Any]]:
    """Read the cases."""
    found: list[dict[str, Any]] = tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]
    return found


def file_of(case: dict[str, Any]) -> bytes:
    """Give the robots.txt of a case as a site would send it."""
    body = bytes.fromhex(case["hex"]) if "hex" in case else case["rules"].encode()
    return body + b"".join(text.encode() * times for text, times in case.get("repeat", ()))


def decisions() -> Iterator[tuple[str, str, bool, bool]]:
    """Give id, address, specified and made decision of every address of every case."""
    for case in cases():
        body = file_of(case)
        for key, specified in (("allow", True), ("disallow", False)):
            for path in case.get(key, ()):
                url = (
                    path
                    if "://" in path.partition("?")[0] and not path.startswith("/")
                    else "https://site.example" + path
                )
                yield case["id"], path, specified, decide(body, url, case.get("agent", PRODUCT))


def main() -> int:
    """Print the score."""
    began = time.perf_counter()
    made = list(decisions())
    wrong = [(name, path, specified) for name, path, specified, decided in made if specified is not decided]
    print(f"robots: {len(made) - len(wrong)} of {len(made)} cases as specified", end="")
    print(f" ({len(cases())} files, {time.perf_counter() - began:.1f} s)")
    for name, path, specified in wrong:
        print(f"  {name}: {path[:60]} should be {'allowed' if specified else 'disallowed'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
