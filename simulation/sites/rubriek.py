"""nl_rubriek (group gamma): django-classified 1.x as its makers publish it, filled through its own models.

Nothing of the application is changed or overridden: its urls, views, templates and models are used as installed. Only what its
documentation leaves to the site's keeper is set (50 items a page, telephone shown without logging in, currency), and the clock of
the process stands at noon of the synthetic day, for "Posted: 3 days ago".

| path | what |
|---|---|
| `/` | sections with their groups: `li.dcf-group a` (`/group/<pk>-<slug>/`) and `span.dcf-group__count` (live items of the group) |
| `/group/<pk>-<slug>/?page=N` | index of one group, 50 items a page, last refreshed first; past the last page 404 |
| `/<pk>-<slug>/` | one item; the listing id is `<pk>` (the slug follows the title, so a path may change while the id stays) |
| `/robots.txt`, `/sitemap.xml`, `/rss.xml` | the sitemap lists groups and up to 1,000 items with `<lastmod>` (day of last refresh) |

Groups: "Privé ontvangst", "Clubs", "Escort", and "Overige" for who chose none of them. Together they hold every item exactly once; the
total is the sum of the counts, and `meta[property="og:description"]` of a group says "Browse 62 listings".

Index row: `table.table-hover tbody tr td a[href]` with the title. There is no date on it: `<lastmod>` of the sitemap tells whether an
item changed (an edit changes it too). Next and previous: `ul.pagination a.page-link` with text "Next"/"Prev" and `href="?page=N"`.

Item: `p.dcf-eyebrow` "PLACE · SECTION · GROUP" (place missing for four in ten), `div.dcf-item-head h2` title, `div.dcf-description`
text in `p` and `br`, `div.dcf-contact span.dcf-contact__value` telephone as its owner wrote it (missing for most),
`p.dcf-meta` "Posted: 3 days, 2 hours ago" (English, at most two units, non-breaking spaces; "1 month, 2 weeks ago" is not exact).
"Related items" shows titles of two others. The price is always 0. Every page has a select with the names of all areas.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from simulation.outages import Outage
from simulation.towns import towns
from simulation.world import AMSTERDAM, CLOCK, LiveAd, World

GROUPS: tuple[str, ...] = ("Privé ontvangst", "Clubs", "Escort", "Overige")
SECTION = "Contact en ontspanning"
NO_PASSWORD = "!"  # noqa: S105 - Django's mark for an account that cannot log in
_GROUP_PATH = re.compile(r"/group/\d+-")


class Rubriek:
    """The WSGI application of django-classified on one day of a world. One a process: Django is configured once."""

    name = "nl_rubriek"

    def __init__(self, world: World, folder: Path, port: int) -> None:
        """Set up Django and its database in `folder` (made anew), to be served on 127.0.0.1:`port`."""
        self.world = world
        self.database = folder / f"{self.name}.sqlite3"
        self.database.unlink(missing_ok=True)
        _configure(self.database, world.settings.seed)
        self._application = _application()
        self._outage = Outage()
        self._areas = _prepare(port)
        self.set_day(world.settings.first_day)

    def set_day(self, day: date) -> None:
        """Make the database hold what is live on `day`, in one transaction, and put the clock at noon."""
        site = self.world.site(self.name)
        ads = site.listings(day)
        _stop_clock(datetime.combine(day, CLOCK, AMSTERDAM))
        _fill(ads, self._areas)
        self._outage = site.outage(day)

    def close(self) -> None:
        """Remove the database."""
        from django.db import connections  # type: ignore[import-untyped]  # Django ships no types

        connections.close_all()
        self.database.unlink(missing_ok=True)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._is_out(environ):
            body = b"Service temporarily unavailable"
            start_response(
                "503 Service Unavailable",
                [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Retry-After", "3600")],
            )
            return [body]
        return self._application(environ, start_response)

    def _is_out(self, environ: WSGIEnvironment) -> bool:
        if self._outage.is_total:
            return True
        if not self._outage.index_pages or not _GROUP_PATH.match(environ["PATH_INFO"]):
            return False
        page = parse_qs(environ.get("QUERY_STRING", "")).get("page", ["1"])[0]
        return page.isdigit() and int(page) in self._outage.index_pages


def _configure(database: Path, seed: int) -> None:
    import django  # type: ignore[import-untyped]  # Django ships no types
    from django.conf import settings  # type: ignore[import-untyped]

    settings.configure(
        SECRET_KEY=hashlib.sha256(f"synthetic market {seed}".encode()).hexdigest(),  # guards nothing: nobody logs in
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF="django_classified.urls",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "django.contrib.sites",
            "django.contrib.humanize",
            "django.contrib.sitemaps",
            "sorl.thumbnail",
            "django_classified",
        ],
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
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "CONN_MAX_AGE": None,
                # The file can be made again in a second: nothing is lost when the machine stops.
                "OPTIONS": {"timeout": 20, "init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"},
            }
        },
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        SITE_ID=1,
        STATIC_URL="/static/",
        LANGUAGE_CODE="en",
        USE_TZ=True,
        TIME_ZONE="Europe/Amsterdam",
        LOGGING_CONFIG=None,
        DCF_SITE_NAME="Rubriek",
        DCF_SITE_DESCRIPTION="Rubriek, een verzonnen site",
        DCF_ITEM_PER_PAGE=50,
        DCF_LOGIN_TO_CONTACT=False,
        DCF_CURRENCY="EUR",
        DCF_RELATED_LIMIT=2,
    )
    # Its urls name themselves with the namespace that its documentation prescribes for include().
    settings.ROOT_URLCONF = _url_configuration()
    django.setup()


def _url_configuration() -> Any:
    class Urls:
        @property
        def urlpatterns(self) -> list[Any]:
            from django.urls import include, path  # type: ignore[import-untyped]

            return [path("", include("django_classified.urls", namespace="django_classified"))]

    return Urls()


def _application() -> WSGIApplication:
    from django.contrib.staticfiles.handlers import StaticFilesHandler  # type: ignore[import-untyped]
    from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]

    application: WSGIApplication = StaticFilesHandler(get_wsgi_application())
    return application


def _prepare(port: int) -> dict[str, int]:
    """Make tables, the section, its groups and the areas; give the key of each area by name."""
    from django.contrib.sites.models import Site  # type: ignore[import-untyped]
    from django.core.management import call_command  # type: ignore[import-untyped]
    from django.db.migrations.recorder import MigrationRecorder  # type: ignore[import-untyped]
    from django.utils.text import slugify  # type: ignore[import-untyped]
    from django_classified.models import Area, Group, Section  # type: ignore[import-untyped]

    call_command("migrate", verbosity=0, interactive=False)
    # The one wall-clock stamp in the database: when its tables were made.
    MigrationRecorder.Migration.objects.update(applied=datetime(2026, 1, 1, tzinfo=UTC))
    Site.objects.update_or_create(pk=1, defaults={"domain": f"127.0.0.1:{port}", "name": "Rubriek"})
    section = Section.objects.create(pk=1, title=SECTION)
    for key, title in enumerate(GROUPS, start=1):
        Group.objects.create(pk=key, title=title, section=section)
    names: set[str] = set()
    for town in towns():
        mark = "" if town.country == "NL" else " (D)"
        names.update(f"{name}{mark}" for name in (town.name, *town.villages))
    keys = {name: key for key, name in enumerate(sorted(names), start=1)}
    Area.objects.bulk_create(Area(pk=key, title=name, slug=slugify(name)) for name, key in keys.items())
    return keys


def _fill(ads: tuple[LiveAd, ...], areas: dict[str, int]) -> None:
    """Replace accounts and items by those of the day, with fixed keys: an item's key is its listing id."""
    from django.contrib.auth import get_user_model  # type: ignore[import-untyped]
    from django.core.cache import cache  # type: ignore[import-untyped]
    from django.db import transaction
    from django.utils.text import slugify
    from django_classified.models import Item, Profile

    user = get_user_model()
    items = []
    for ad in ads:
        key, group = int(ad.listing_id), GROUPS.index(ad.category or "Overige") + 1
        item = Item(
            pk=key,
            user_id=key,
            group_id=group,
            area_id=areas[ad.place] if ad.place else None,
            title=ad.title,
            slug=slugify(ad.title, allow_unicode=True),
            description=ad.body,
            price=0,
        )
        items.append((item, _aware(ad.posted, key), _aware(ad.refreshed, key)))
    with transaction.atomic():
        user.objects.all().delete()  # items and profiles go with their accounts
        user.objects.bulk_create(
            user(pk=i.pk, username=f"adverteerder{i.pk}", password=NO_PASSWORD, date_joined=posted)
            for i, posted, _ in items
        )
        Profile.objects.bulk_create(
            Profile(pk=int(ad.listing_id), user_id=int(ad.listing_id), phone=ad.contact) for ad in ads
        )
        Item.objects.bulk_create(item for item, _, _ in items)
        for item, posted, updated in items:  # bulk_create stamped both with the clock
            item.posted, item.updated = posted, updated
        Item.objects.bulk_update([item for item, _, _ in items], ["posted", "updated"], batch_size=100)
    cache.clear()


def _aware(moment: datetime, key: int) -> datetime:
    """Give a local moment its zone, and microseconds that make the order of the index certain."""
    return (moment.replace(tzinfo=AMSTERDAM) + timedelta(microseconds=key % 1_000_000)).astimezone(UTC)


def _stop_clock(moment: datetime) -> None:
    """Let this process's Django believe that it is `moment`."""
    from django.template import defaultfilters, defaulttags  # type: ignore[import-untyped]
    from django.utils import timesince, timezone  # type: ignore[import-untyped]

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            local = moment.astimezone(tz or AMSTERDAM)
            return cls(*local.timetuple()[:6], tzinfo=tz)

    timezone.now = lambda: moment.astimezone(UTC)
    defaulttags.datetime = Stopped
    defaultfilters.timesince = partial(_since, timesince.timesince, moment)


def _since(original: Any, moment: datetime, value: Any, now: Any = None) -> Any:
    return original(value, now or moment)
