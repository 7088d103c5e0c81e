r"""nl_gegevens (group alfa, same owner as nl_kaartjes): pages with their data as JSON-LD.

| path | what |
|---|---|
| `/` | 301 to `/aanbod/pagina/1` |
| `/aanbod/pagina/<N>` | index, 50 advertisements a page; past the last page 404 |
| `/aanbod/<id>` | one advertisement; `<id>` is twelve hexadecimal digits |
| `/robots.txt`, `/sitemap.xml` | the sitemap lists every live advertisement with `<lastmod>` |

Each page holds exactly one `<script type="application/ld+json">`; `<` in it is written `\u003c`.

Index: an `ItemList` with `numberOfItems` (all pages together, also in `p.aantal`: "312 advertenties") and
`itemListElement`: `{"@type": "ListItem", "position": 51, "item": {"@type": "Service", "@id": ID, "url": ABSOLUTE URL, "name": TITLE,
"dateModified": "2026-10-12T09:31:00+02:00"}}`; `position` counts on over the pages. `link[rel=next]`, `link[rel=prev]` in the head,
`nav a` with a link to every page.

Advertisement: a `Service` with `@id`, `url`, `name` (title), `description` (text, paragraphs separated by a newline),
`datePosted`, `dateModified` (ISO 8601 with the Amsterdam offset), and where the advertiser filled them in
`category` ("Privé", "Club", "Escort"), `areaServed` (`{"@type": "City", "name": PLACE, "addressCountry": "NL" or "DE"}`) and
`provider.telephone`. The visible page repeats title and text only. Abroad PLACE reads "Gronau (D)". UTF-8 throughout.
"""

import json
from datetime import datetime
from typing import Any

from simulation.sites.pages import PER_PAGE, Answer, Day, ListingSite, escape, moved, number_in
from simulation.world import AMSTERDAM, LiveAd


class Gegevens(ListingSite):
    """The site with JSON-LD."""

    name = "nl_gegevens"
    robots_lines = ("User-agent: *", "Disallow: /account/", "Crawl-delay: 0", "Allow: /")

    def path_of(self, ad: LiveAd) -> str:
        """Give the path of an advertisement's page."""
        return f"/aanbod/{ad.listing_id}"

    def answer(self, day: Day, path: str, query: str, base: str) -> Answer | None:
        """Answer one request."""
        if path == "/":
            return moved("/aanbod/pagina/1")
        if query or not path.startswith("/aanbod/"):
            return None
        rest = path.removeprefix("/aanbod/")
        if rest.startswith("pagina/"):
            return self.index(day, number_in(rest, r"pagina/(\d+)"), lambda d, n: self._index(d, n, base))
        ad = day.by_id.get(rest)
        return self._advertisement(ad, base) if ad else None

    def _index(self, day: Day, number: int, base: str) -> Answer:
        ads = day.page(number)
        data = {
            "@context": "https://schema.org",
            "@type": "ItemList",
            "numberOfItems": len(day.ads),
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": (number - 1) * PER_PAGE + position,
                    "item": {
                        "@type": "Service",
                        "@id": ad.listing_id,
                        "url": base + self.path_of(ad),
                        "name": ad.title,
                        "dateModified": _stamp(ad.refreshed),
                    },
                }
                for position, ad in enumerate(ads, start=1)
            ],
        }
        around = ""
        if number > 1:
            around += f'<link rel="prev" href="/aanbod/pagina/{number - 1}">'
        if number < day.pages:
            around += f'<link rel="next" href="/aanbod/pagina/{number + 1}">'
        items = "\n".join(f'<li><a href="{self.path_of(ad)}">{escape(ad.title)}</a></li>' for ad in ads)
        pages = " ".join(f'<a href="/aanbod/pagina/{page}">{page}</a>' for page in range(1, day.pages + 1))
        body = f'<p class="aantal">{len(day.ads)} advertenties</p>\n<ol>\n{items}\n</ol>\n<nav>{pages}</nav>'
        return _page("Aanbod", data, body, around)

    def _advertisement(self, ad: LiveAd, base: str) -> Answer:
        data: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "Service",
            "@id": ad.listing_id,
            "url": base + self.path_of(ad),
            "name": ad.title,
            "description": ad.body,
            "datePosted": _stamp(ad.posted),
            "dateModified": _stamp(ad.refreshed),
        }
        if ad.category:
            data["category"] = ad.category
        if ad.place:
            country = "DE" if ad.region == "Duitsland" else "NL"
            data["areaServed"] = {"@type": "City", "name": ad.place, "addressCountry": country}
        if ad.contact:
            data["provider"] = {"@type": "Person", "telephone": ad.contact}
        text = escape(ad.body).replace("\n", "<br>")
        return _page(ad.title, data, f"<h1>{escape(ad.title)}</h1>\n<p>{text}</p>", "")


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=AMSTERDAM).isoformat()


def _page(title: str, data: dict[str, Any], body: str, head: str) -> Answer:
    script = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    text = (
        f'<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>{escape(title)} - Gegevens</title>{head}\n'
        f'<script type="application/ld+json">{script}</script></head>\n'
        f"<body>\n{body}\n<p>Gegevens, een verzonnen site.</p></body></html>\n"
    )
    return Answer(text.encode())
