r"""django-classified (MIT) as its makers publish it, with bicycles, garden tools, books and music lessons that nobody offers.

Only what its documentation leaves to a site's keeper is set: name, currency, Dutch, telephone shown without logging in. Ten items a
page and six related items are its own defaults. Nobody in it exists; telephone numbers are 06 2000 xxxx.

How its pages are built (all that a declarative entry needs):

| path | what |
|---|---|
| `/` | `section.dcf-section`: `h2.dcf-section__tab` with `span.dcf-section__count`, below it `li.dcf-group a[href]` (`/group/<pk>-<slug>/`) with `span.dcf-group__count`; a group without items is not shown |
| `/group/<pk>-<slug>/?page=N` | one group, last updated first, N from 1; past the last page 404 |
| `/<pk>-<slug>/` | one item; the listing id is `<pk>`; the slug stays what it first was when the title changes, and any slug will do |
| `/robots.txt` | allows all but `/user/`, names the sitemap |
| `/sitemap.xml` | groups and items (at most 1,000) with `<lastmod>` as a day |
| `/rss.xml` | 100 latest items, kept for 15 minutes |
| `/search/`, `/new/`, `/edit/<pk>/`, `/user/` | forms; not listings |

Total: the sum of `span.dcf-section__count`, or of `span.dcf-group__count`; each item stands in exactly one group. A group's own number:
`meta[property="og:description"]::attr(content)`, "... Browse 50 listings." ("1 listing").

Index card: `table.table-hover tbody tr`; link and title `td a` (attribute `href`, text); id `^/(\d+)-` of the link; price `span.dcf-price`
("€ 1.250,00"). No date, place or section. A group page's title is `h2.dcf-page-title`.

Next page: `ul.pagination a.page-link` whose text is "Next" and whose `href` is `?page=N` (relative); the other one is "Prev". Page
numbers are not listed and the last page has no "Next". `ul.pagination` itself is always there.

Item's page: id `^/(\d+)-` of the path of `link[rel=canonical]::attr(href)` (there a slug's letters like ü are
not percent-encoded, in links they are) or of the address; title `div.dcf-item-head h2`; price
`p.dcf-item-price`; text `div.dcf-description` (an empty line makes a `p`, a line end a `br`, addresses of sites and mail become links);
telephone `div.dcf-contact span.dcf-contact__value`, the `div` missing where there is none; age `p.dcf-meta`, "Posted: 3 dagen, 2 uur ago"
(Django's words in Dutch between the application's in English, non-breaking spaces, at most two units: "1 maand, 2 weken" for what is
older than a month); place, section, group `p.dcf-eyebrow`: its own text "PLACE · SECTION · " ("SECTION · " without place), its `a` the group
(linking to the group). JSON-LD: a `Product` (name, description, category "SECTION - GROUP", offers.price "1250,00") and a `BreadcrumbList`.
Below stand links to other items (`div.dcf-related a`, titles cut after three words): not part of the listing.

Fields of `add` and `change`: title, text (plain, empty lines between paragraphs), category (a group's title), place (an area's title or
""), contact (or ""), price. `change` of a telephone number changes it for all items of that seller.
"""

import random
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from peer import Item, PeerApp, canonical


class ClassifiedApp(PeerApp):
    """A market of `COUNT` items."""

    program = Path(__file__)


SECTIONS: dict[str, dict[str, int]] = {
    # Ten items stand on a page: groups of five pages, of exactly four, of one, of one item over one page, and of none.
    "Buiten": {"Fietsen": 50, "Tuingereedschap": 37, "Planten en stekjes": 9},
    "Boeken & muziek": {"Boeken": 40, "Instrumenten": 11},
    "Lessen": {"Muziekles": 33, "Taalles": 0},
}
COUNT = sum(count for groups in SECTIONS.values() for count in groups.values())
DRAFTS = 8  # items their sellers took off: in the database, on no page
AREAS = (
    "Almelo",
    "Borne",
    "Deventer",
    "Enschede",
    "Haaksbergen",
    "Hengelo",
    "Losser",
    "Oldenzaal",
    "'s-Heerenberg",
    "Zwolle",
)

_WARES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # What is offered, and words to go with it.
    "Fietsen": (
        (
            "Omafiets",
            "Stadsfiets",
            "Bakfiets",
            "Kinderfiets 20 inch",
            "Racefiets",
            "Vouwfiets",
            "Tandem",
            "Ligfiets 🚲",
            "Moederfiets",
        ),
        (
            "zo goed als nieuw",
            "met zeven versnellingen",
            "in het groen",
            "voor de opknapper",
            "met twee fietstassen",
            "maat 54",
        ),
    ),
    "Tuingereedschap": (
        (
            "Heggenschaar",
            "Grasmaaier",
            "Kruiwagen",
            "Schoffel & hark",
            "Gießkanne",
            "Snoeizaag",
            "Spade",
            "Regenton 200 l",
            "Compostvat",
        ),
        ("weinig gebruikt", "wegens verhuizing", "met houten steel", "van opa geweest", "nog in de doos"),
    ),
    "Planten en stekjes": (
        ("Hortensia", "Stekjes van de geldboom 🌱", "Aardbeienplantjes", "Olijfboom", "Tomatenplantjes 🍅"),
        ("gratis op te halen", "per drie", "in pot", "winterhard"),
    ),
    "Boeken": (
        (
            "Kookboek",
            "Stripalbums",
            "Woordenboek Duits",
            "Atlas (1988)",
            "Sprookjes van Grimm",
            "Vogelgids",
            "Romans <pakket>",
            "Leesboek «Käse»",
        ),
        ("met leeslint", "in linnen band", "3 voor de prijs van 2", '"als nieuw"', "zonder kaft"),
    ),
    "Instrumenten": (
        ("Blokfluit", "Klassieke gitaar", "Accordeon", "Keyboard", "Viool ¾"),
        ("met koffer", "pas gestemd", "voor beginners", "& muziekstandaard"),
    ),
    "Muziekles": (
        ("Pianoles", "Gitaarles", "Zangles", "Drumles", "Blokfluitles", "Vioolles", "Samenspel 👨‍👩‍👧", "Notenleer"),
        ("aan huis", "voor volwassenen", "proefles gratis", "ook op zaterdag", "vanaf 8 jaar"),
    ),
    "Taalles": (("Duits", "Spaans"), ("voor op reis",)),
}
_SENTENCES = (
    "Alles werkt naar behoren en is netjes onderhouden.",
    "Alleen ophalen, want opsturen lukt niet.",
    "Prijs is in overleg; ruilen mag ook.",
    "Er zit een krasje op, zie je bijna niet.",
    "Kom gerust kijken op een doordeweekse avond.",
    "Te koop omdat hier geen plaats meer is in de schuur.",
    "Afmetingen: 60 x 40 x 30 cm, gewicht < 8 kg & > 5 kg.",
    "Wir sprechen auch Deutsch: schöne Grüße aus der Nähe der Grenze!",
    "Let op: <b>geen</b> garantie, &amp; geen retour.",
    "Mijn buurman zei: \"dat is een koopje\" en hij heeft verstand van 'oude' spullen.",
    "Meer foto's op www.voorbeeld.example/schuur of mail schuur@voorbeeld.example.",
    "Met liefde gebruikt ❤️ en klaar voor een tweede leven 🌻🐝.",
    "Nieuwprijs was € 129,95 – nu veel minder…",
    "Gru\u0308n gespritzt, twee jaar geleden.",  # decomposed, as some keyboards write it
    "Dubbele  spaties   en\u00a0vaste spaties komen ook voor.",
)
_SAME_TITLE = "Wegens verhuizing"  # more than one seller calls it that


def _title(chance: random.Random, group: str) -> str:
    if chance.random() < 0.05:
        return _SAME_TITLE
    things, words = _WARES[group]
    return f"{chance.choice(things)} {chance.choice(words)}"


def _text(chance: random.Random) -> str:
    """Give one to four paragraphs of one to three lines; some with Windows line ends, some with spaces about."""
    paragraphs = [
        "\n".join(chance.sample(_SENTENCES, chance.choice((1, 1, 2, 3))))
        for _ in range(chance.choice((1, 1, 2, 2, 3, 4)))
    ]
    text = "\n\n".join(paragraphs)
    return {0: text.replace("\n", "\r\n"), 1: f"\n  {text} \n\n"}.get(chance.randrange(8), text)


def _contact(chance: random.Random) -> str:
    if chance.random() < 0.35:
        return ""
    number = f"{chance.randrange(10_000):04d}"
    return chance.choice(("06 2000 {}", "06-2000{}", "+31 6 2000 {}", "06 2000 {} (na zessen)")).format(number)


class Classified:
    """The application in this process."""

    def __init__(self, seed: int, clock: Any, folder: Path, port: int) -> None:
        from peer_child import Urls, django_settings, start_django

        def patterns() -> list[Any]:
            from django.urls import include, path

            # Its urls name themselves with the namespace that its documentation prescribes.
            return [path("", include("django_classified.urls", namespace="django_classified"))]

        self._clock = clock
        self._chance = random.Random(seed)
        self.wsgi = start_django(
            clock,
            django_settings(
                folder,
                (
                    "django.contrib.sites",
                    "django.contrib.humanize",
                    "django.contrib.sitemaps",
                    "sorl.thumbnail",
                    "django_classified",
                ),
                ROOT_URLCONF=Urls(patterns),
                MIDDLEWARE=[
                    "django.middleware.common.CommonMiddleware",
                    "django.contrib.sessions.middleware.SessionMiddleware",
                    "django.contrib.auth.middleware.AuthenticationMiddleware",
                    "django.contrib.messages.middleware.MessageMiddleware",
                ],
                TEMPLATES=[
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "APP_DIRS": True,
                        "OPTIONS": {
                            "context_processors": [
                                "django.template.context_processors.request",
                                "django.contrib.auth.context_processors.auth",
                                "django.contrib.messages.context_processors.messages",
                                "django_classified.context_processors.common_values",
                            ]
                        },
                    }
                ],
                DEFAULT_AUTO_FIELD="django.db.models.AutoField",
                SITE_ID=1,
                LANGUAGE_CODE="nl",
                DCF_SITE_NAME="De Schuur",
                DCF_SITE_DESCRIPTION="De Schuur, een verzonnen markt",
                DCF_LOGIN_TO_CONTACT=False,
                DCF_CURRENCY="EUR",
            ),
        )
        from django.db import transaction

        with transaction.atomic():
            self._fill(port)

    def _fill(self, port: int) -> None:
        from django.contrib.auth import get_user_model
        from django.contrib.sites.models import Site
        from django.utils.text import slugify
        from django_classified.models import Area, Group, Profile, Section

        chance, now = self._chance, self._clock.moment
        Site.objects.update_or_create(pk=1, defaults={"domain": f"127.0.0.1:{port}", "name": "De Schuur"})
        self._areas = {title: Area.objects.create(title=title, slug=slugify(title)) for title in AREAS}
        self._groups: dict[str, Any] = {}
        for title, groups in SECTIONS.items():
            section = Section.objects.create(title=title)
            self._groups |= {name: Group.objects.create(title=name, section=section) for name in groups}
        self._sellers = [get_user_model().objects.create(username=f"verkoper{n}") for n in range(COUNT * 2 // 3)]
        for seller in self._sellers:
            Profile.objects.create(user=seller, phone=_contact(chance))
        where = [name for groups in SECTIONS.values() for name, count in groups.items() for _ in range(count)]
        chance.shuffle(where)
        # Newest last, as ids are; ids have gaps, since items come and go.
        ages = sorted((chance.uniform(0.1, 1) ** 3 * 100 for _ in range(COUNT + DRAFTS)), reverse=True)
        drafts = set(chance.sample(range(COUNT + DRAFTS), DRAFTS))
        self._last_id = 1000
        for number, age in enumerate(ages):
            posted = now - timedelta(days=age)
            self._clock.moment = posted
            is_draft = number in drafts
            item = self._new(
                {"category": chance.choice(list(_WARES)) if is_draft else where.pop()}, is_active=not is_draft
            )
            if chance.random() < 0.3:
                self._clock.moment = posted + chance.random() * (now - timedelta(hours=1) - posted)
                item.save()  # refreshed by its seller
        self._clock.moment = now

    def _new(self, fields: Mapping[str, str], *, is_active: bool = True) -> Any:
        from django_classified.models import Item as Row

        chance = self._chance
        made_up = {
            "category": chance.choice(
                [name for groups in SECTIONS.values() for name, count in groups.items() if count]
            ),
            "text": _text(chance),
            "place": chance.choice((*AREAS, *[""] * 6)),
            "price": chance.choice(("0", "2.50", "12.50", "35", "350", "1250")),
        } | fields
        made_up.setdefault("title", _title(chance, made_up["category"]))
        self._last_id += chance.randrange(1, 6)
        item = Row(pk=self._last_id, user=chance.choice(self._sellers), is_active=is_active)
        self._set(item, made_up)
        return item

    def _set(self, item: Any, fields: Mapping[str, str]) -> None:
        for name, value in fields.items():
            match name:
                case "title":
                    item.title = value
                case "text":
                    item.description = value
                case "category":
                    item.group = self._groups[value]
                case "place":
                    item.area = self._areas[value] if value else None
                case "price":
                    item.price = value
                case "contact":
                    item.user.profile.phone = value
                    item.user.profile.save()
                case other:
                    raise ValueError(f"an item has no {other}")
        item.save()

    def add(self, fields: Mapping[str, str]) -> str:
        return str(self._new(fields).pk)

    def change(self, listing_id: str, fields: Mapping[str, str]) -> None:
        from django_classified.models import Item as Row

        item = Row.active.get(pk=listing_id)
        self._set(item, fields or {"text": f"{_text(self._chance)}\n\nTekst van {self._clock.moment.isoformat()}."})

    def remove(self, listing_id: str) -> None:
        from django_classified.models import Item as Row

        Row.active.get(pk=listing_id).delete()

    def truth(self) -> dict[str, Item]:
        from django.utils.timezone import localtime
        from django_classified.models import Item as Row

        rows = Row.active.select_related("group__section", "area", "user__profile").order_by("pk")
        return {
            str(row.pk): Item(
                title=canonical(row.title),
                body_text=canonical(row.description),
                path=row.get_absolute_url(),
                posted=localtime(row.posted).date(),
                place=row.area.title if row.area else None,
                category=row.group.title,
                contact=row.user.profile.phone or None,
                section=row.group.section.title,
                price=f"{row.price:.2f}",
            )
            for row in rows
        }


if __name__ == "__main__":
    from peer_child import main

    sys.exit(main(Classified))
