"""nl_prikbord (group beta): an old notice board of tables, with relative dates and broken encodings.

| path | what |
|---|---|
| `/` | 301 to `/bord.php?p=1` |
| `/bord.php?p=N` | index, 50 rows a page; without `p` page 1; past the last page 404 |
| `/bericht.php?nr=<id>` | one notice; `<id>` is digits |
| `/robots.txt`, `/sitemap.xml` | the sitemap lists every live notice with `<lastmod>` |

Index: first `<td>` under the heading says "134 advertenties". Rows are `table#bord tr.r1` and `tr.r2` in turn, cells in this order:

    <td class=nr>73123<td><a href="bericht.php?nr=73123">TITLE</a><td>REGION<td class=dat>vandaag 09:31

Cells and rows are not closed; attributes are often unquoted. REGION is a province or "Duitsland". Links to every page, and "volgende &raquo;" on all but the
last, stand in `p.blader` (`bord.php?p=2`, relative).

Dates (local): "vandaag 09:31", "gisteren 09:31", "eergisteren", "N dagen geleden" (3-13), older "28-09-2026". All resolve to one day, given
the day of the crawl; a refreshed or edited notice gets a new one and moves up.

Notice: `table.bericht` with `td.l` labels and the value in the next `td`: "Nummer", "Regio", "Geplaatst", "Vernieuwd" (relative dates as above),
then `td.tekst` (text, `<br>` between paragraphs). Title in `h2`. There is no field for place, category or telephone number: text only.

Encodings. Header and `<meta>` say utf-8. By notice: three in five are utf-8; one in five is windows-1252 all the same; of the rest some are utf-8 with a
few windows-1252 bytes between, some start with a byte order mark, some hold a NUL byte. Characters that windows-1252 lacks are
written as character references there. Polish, Hungarian and Romanian notices are partly windows-1250, Bulgarian ones partly windows-1251,
declared truthfully in `<meta>` (no charset in the header). The index is windows-1252 declared as utf-8 on odd pages, right on even pages.
"""

import zlib
from datetime import date, datetime

from simulation.sites.pages import Answer, Day, ListingSite, escape, moved, number_in
from simulation.world import LiveAd


class Prikbord(ListingSite):
    """The board of tables."""

    name = "nl_prikbord"
    robots_lines = ("# prikbord", "User-agent: *", "Disallow: /admin.php", "Disallow: /zoek.php")

    def path_of(self, ad: LiveAd) -> str:
        """Give the path of a notice."""
        return f"/bericht.php?nr={ad.listing_id}"

    def answer(self, day: Day, path: str, query: str, base: str) -> Answer | None:  # noqa: ARG002 - links are relative here
        """Answer one request."""
        if path == "/":
            return moved("/bord.php?p=1")
        if path == "/bord.php":
            return self.index(day, number_in(query, r"p=(\d+)") if query else 1, self._index)
        if path == "/bericht.php":
            ad = day.by_id.get(query.removeprefix("nr="))
            return self._notice(ad, day.date) if ad else None
        return None

    def _index(self, day: Day, number: int) -> Answer:
        rows = "\n".join(
            f'<tr class=r{1 + row % 2}><td class=nr>{ad.listing_id}<td><a href="bericht.php?nr={ad.listing_id}">'
            f"{escape(ad.title)}</a><td>{escape(ad.region)}<td class=dat>{relative(ad.refreshed, day.date)}"
            for row, ad in enumerate(day.page(number))
        )
        links = [f"<a href=bord.php?p={page}>{page}</a>" for page in range(1, day.pages + 1)]
        if number < day.pages:
            links.append(f'<a href="bord.php?p={number + 1}">volgende &raquo;</a>')
        body = (
            f"<table width=100%><tr><th>Prikbord – privé en zakelijk<tr><td>{len(day.ads)} advertenties</table>\n"
            f"<table id=bord border=1><tr><th>Nr<th>Onderwerp<th>Regio<th>Datum\n{rows}\n</table>\n"
            f"<p class=blader>{' '.join(links)}"
        )
        text = _page("Prikbord", body, "utf-8")
        return Answer(_as(text, "cp1252") if number % 2 else text.encode())

    def _notice(self, ad: LiveAd, today: date) -> Answer:
        facts = (
            ("Nummer", ad.listing_id),
            ("Regio", ad.region),
            ("Geplaatst", relative(ad.posted, today)),
            ("Vernieuwd", relative(ad.refreshed, today)),
        )
        rows = "\n".join(f"<tr><td class=l>{label}:<td>{escape(value)}" for label, value in facts)
        text = escape(ad.body).replace("\n", "<br>\n")
        body = (
            f"<h2>{escape(ad.title)}</h2>\n<table class=bericht>{rows}\n<tr><td class=tekst colspan=2>{text}\n</table>"
        )
        return _encoded(ad, body)


def relative(moment: datetime, today: date) -> str:
    """Write a moment as the board does, seen on `today`.

    >>> relative(datetime(2026, 10, 9, 8, 5), date(2026, 10, 12))
    '3 dagen geleden'
    """
    ago = (today - moment.date()).days
    if ago <= 1:
        return f"{'gisteren' if ago else 'vandaag'} {moment:%H:%M}"
    if ago == 2:
        return "eergisteren"
    return f"{ago} dagen geleden" if ago < 14 else f"{moment:%d-%m-%Y}"


def _encoded(ad: LiveAd, body: str) -> Answer:
    """Send a notice in the encoding that its writer's machine happened to use; always the same for one notice."""
    title, kind = escape(ad.title), zlib.crc32(ad.listing_id.encode()) % 20
    eastern = _eastern(ad.body)
    if eastern and kind < 8:
        text = _page(title, body, eastern)
        return Answer(_as(text, eastern), content_type="text/html")
    text = _page(title, body, "utf-8")
    if kind < 4:
        return Answer(_as(text, "cp1252"))
    if kind < 6:
        # A header pasted in by an older script: its bytes are windows-1252, the rest is right.
        return Answer(text.encode().replace(b"<h2>", "<p>privé · één bericht</p><h2>".encode("cp1252"), 1))
    if kind == 6:
        return Answer(b"\xef\xbb\xbf" + text.encode())
    if kind == 7:
        return Answer(text.encode().replace(b"<h2>", b"<h2>\0", 1))
    return Answer(text.encode())


def _eastern(text: str) -> str | None:
    if any("\u0400" <= character <= "\u04ff" for character in text):
        return "windows-1251"
    return "windows-1250" if any(character in "ąćęłńśźżőűășțşţ" for character in text) else None


def _as(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "xmlcharrefreplace")


def _page(title: str, body: str, charset: str) -> str:
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n'
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">\n'
        f"<title>{title}</title></head>\n<body bgcolor=#ffffff>\n{body}\n<hr><small>Prikbord, een verzonnen site. "
        "<a href=admin.php>beheer</a></small></body></html>\n"
    )
