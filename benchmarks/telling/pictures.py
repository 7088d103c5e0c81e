"""Make pictures of the pages as a reader sees them, with Debian's Chromium.

    python benchmarks/telling/pictures.py --site DIR [--digest FILE] --out DIR

The site is one that `report dashboard` wrote; the digest a page that lies beside it or elsewhere.
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

# name of the picture, page (or the part of it that is shown), colour scheme, width, height
VIEWS = (
    ("nu", "index", "light", 1280, 1120),
    ("ontwikkeling", "ontwikkeling", "light", 1280, 1120),
    ("beweging", "beweging#kaart-nederland", "light", 1280, 1120),
    ("beleid", "beleid", "light", 1280, 1120),
    ("vergelijken", "vergelijken", "light", 1280, 1120),
    ("nu-donker", "index", "dark", 1280, 1120),
    ("nu-telefoon", "index", "light", 360, 740),
)


def main():
    """Write one PNG for each view that has a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--digest", type=Path, help="HTML of a digest")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    views = [
        (name, asked.site / f"{page.split('#')[0]}.html", page.partition("#")[2], *rest) for name, page, *rest in VIEWS
    ]
    if asked.digest:
        views.append(("dagbericht", asked.digest, "", "light", 960, 1320))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, path, part, scheme, width, height in views:
            if not path.is_file():
                print(f"no {path.name}: no picture {name}")
                continue
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
            page = context.new_page()
            page.goto(path.resolve().as_uri())
            (page.locator(f"#{part}") if part else page).screenshot(path=asked.out / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
