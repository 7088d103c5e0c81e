"""nl_kaartjes (group alfa): plain cards, as modern listing sites have them.

| path | what |
|---|---|
| `/` | 301 to `/advertenties` |
| `/advertenties?pagina=N` | index, 50 cards a page; without `pagina` it is page 1; past the last page 404 |
| `/advertentie/<id>` | one advertisement; `<id>` is digits |
| `/robots.txt`, `/sitemap.xml` | the sitemap lists every live advertisement with `<lastmod>` (day of last refresh) |

Index: `p.aantal` says "312 advertenties" (all pages together). Each card:

    <article class="kaart" data-id="4180123">
      <h2><a href="/advertentie/4180123">TITLE</a></h2>
      <p class="plaats">PLACE</p><p class="soort">CATEGORY</p>
      <time class="bijgewerkt" datetime="2026-10-12T09:31">12 oktober 2026</time>
    </article>

`nav.paginas` holds a link to every page, `a[rel=prev]` and `a[rel=next]`. Title and refresh stamp tell whether an
advertisement changed: an edit always refreshes.

Advertisement: `article.advertentie[data-id]` with `h1` (title), `dl.gegevens` of `dt`/`dd` pairs ("Plaats", "Soort"; `dd.plaats`,
`dd.soort`), `div.tekst` (paragraphs `p`), `p.telefoon a[href^="tel:"]` only where the advertiser uses the field (text of
the link as written by her), `time.geplaatst[datetime]` (first posted) and `time.bijgewerkt[datetime]` (last refreshed), local time.
Place is always given. Abroad it reads "Gronau (D)".

Layout: from `World.layout_changed_on` on, "mild" wraps each card in `div.vak`, adds a class (`class="kaart kaart--ruim"`) and puts
the time before the place: sound selectors keep working. "breaking" renames the cards to `section.tegel` and drops `data-id`.
UTF-8 throughout.
"""

from simulation.sites.pages import Answer, Day, ListingSite, dutch_date, escape, moved, number_in
from simulation.world import LiveAd


class Kaartjes(ListingSite):
    """The site of plain cards."""

    name = "nl_kaartjes"

    def path_of(self, ad: LiveAd) -> str:
        """Give the path of an advertisement's page."""
        return f"/advertentie/{ad.listing_id}"

    def answer(self, day: Day, path: str, query: str, base: str) -> Answer | None:  # noqa: ARG002 - links are relative here
        """Answer one request."""
        if path == "/":
            return moved("/advertenties")
        if path == "/advertenties":
            number = number_in(query, r"pagina=(\d+)") if query else 1
            return self.index(day, number, self._index)
        if path.startswith("/advertentie/"):
            ad = day.by_id.get(path.removeprefix("/advertentie/"))
            return self._advertisement(ad) if ad else None
        return None

    def _index(self, day: Day, number: int) -> Answer:
        changed = self.world.layout_changed_on
        layout = self.world.settings.layout_change if changed is not None and day.date >= changed else "none"
        cards = "\n".join(self._card(ad, layout) for ad in day.page(number))
        links = [f'<a href="/advertenties?pagina={page}">{page}</a>' for page in range(1, day.pages + 1)]
        if number > 1:
            links.insert(0, f'<a rel="prev" href="/advertenties?pagina={number - 1}">Vorige</a>')
        if number < day.pages:
            links.append(f'<a rel="next" href="/advertenties?pagina={number + 1}">Volgende</a>')
        return _page(
            f"Advertenties, pagina {number}",
            f'<p class="aantal">{len(day.ads)} advertenties</p>\n<div class="kaarten">\n{cards}\n</div>\n'
            f'<nav class="paginas">{" ".join(links)}</nav>',
        )

    def _card(self, ad: LiveAd, layout: str) -> str:
        stamp = ad.refreshed
        title = f'<h2><a href="{self.path_of(ad)}">{escape(ad.title)}</a></h2>'
        facts = f'<p class="plaats">{escape(ad.place or "")}</p><p class="soort">{escape(ad.category or "")}</p>'
        time = f'<time class="bijgewerkt" datetime="{stamp:%Y-%m-%dT%H:%M}">{dutch_date(stamp.date())}</time>'
        if layout == "mild":
            card = f'<article data-id="{ad.listing_id}" class="kaart kaart--ruim">{title}{time}{facts}</article>'
            return f'<div class="vak">{card}</div>'
        if layout == "breaking":
            return f'<section class="tegel">{title}{time}{facts}</section>'
        return f'<article class="kaart" data-id="{ad.listing_id}">{title}{facts}{time}</article>'

    def _advertisement(self, ad: LiveAd) -> Answer:
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in ad.body.split("\n"))
        phone = ""
        if ad.contact:
            digits = "".join(c for c in ad.contact if c.isdigit() or c == "+")
            phone = f'<p class="telefoon">Telefoon: <a href="tel:{escape(digits)}">{escape(ad.contact)}</a></p>'
        return _page(
            ad.title,
            f'<article class="advertentie" data-id="{ad.listing_id}"><h1>{escape(ad.title)}</h1>\n'
            f'<dl class="gegevens"><dt>Plaats</dt><dd class="plaats">{escape(ad.place or "")}</dd>'
            f'<dt>Soort</dt><dd class="soort">{escape(ad.category or "")}</dd></dl>\n'
            f'<div class="tekst">{text}</div>\n{phone}\n'
            f'<p>Geplaatst op <time class="geplaatst" datetime="{ad.posted:%Y-%m-%dT%H:%M}">'
            f"{dutch_date(ad.posted.date())}</time>, "
            f'bijgewerkt op <time class="bijgewerkt" datetime="{ad.refreshed:%Y-%m-%dT%H:%M}">'
            f"{dutch_date(ad.refreshed.date())}</time>.</p></article>",
        )


def _page(title: str, body: str) -> Answer:
    text = (
        '<!doctype html>\n<html lang="nl"><head><meta charset="utf-8">\n'
        f"<title>{escape(title)} | Kaartjes</title></head>\n"
        '<body><header><a href="/advertenties">Kaartjes</a> <a href="/beheer/inloggen">Inloggen</a></header>\n'
        f"<main>\n{body}\n</main>\n<footer>Kaartjes, een verzonnen site.</footer></body></html>\n"
    )
    return Answer(text.encode())
