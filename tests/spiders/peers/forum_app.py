r"""django-machina (BSD) as its makers publish it: a forum about bicycles, gardens and baking in which nobody takes part.

Only what its documentation leaves to a site's keeper is set: name, Dutch (its own translation, not all of it is), and that anybody may
read. Twenty topics and fifteen posts a page are its own defaults. A listing is a topic; its text is the opening post.

How its pages are built (all that a declarative entry needs):

| path | what |
|---|---|
| `/` | forums under their categories: `a.forum-name-link[href]`, `/forum/<slug>-<pk>/`; sub-forums in `div.sub-forums a[href]`, before each `i.fas`; categories (`h3.card-title a`) lead to a page with forums only |
| `/forum/<slug>-<pk>/?page=N` | topics of one forum, last post first, sticky ones before; N from 1; past the last page 404 |
| `/forum/<slug>-<pk>/topic/<slug>-<pk>/?page=N` | one topic, oldest post first |
| `/robots.txt`, `/sitemap.xml` | none: 404 |
| `/feeds/...` | RSS of latest topics; `/member/`, `/search/`, `/moderation/`, `/tracking/`, `.../topic/create/`: not listings |

Total: `p.statistics b`, two of them: the first counts posts, the second topics. A forum's own number of topics, those of its sub-forums
included: the first `div.forum-count` of its row (`div.row:has(> div.forum-name)`); a sub-forum's own number stands only on its parent's page, above
the topics, in rows of the same kind. The forum page itself states no total.

Index card: `div.topiclist div.row:has(> div.topic-name)`; link and title `a.topic-name-link`; id `-(\d+)/$` of the link (the first number is
the forum's); `div.topic-created` "Door: NAME op 14 oktober 2026 09:15"; replies the first `div.topic-count`, views the second (**it moves with
each visit, also ours**: leave it out of what tells a change); `div.topic-last-post small` date of the last post. An announcement stands on **every** page of its forum, in a
list of its own above the topics (the same markup), so its card comes again on each page.

Next page: `ul.pagination li.page-item:last-child a.page-link` ("»", `href="?page=N"` relative; empty `href` on the last page). All is there twice, above and below;
a forum with one page has no `ul.pagination`. Page numbers are links with the number as text.

Topic's page: title `h1` (one); id `-(\d+)/$` of the last `li.breadcrumb-item a` or of the address; opening post: the first `div.post` (its
`id` is the post's), text `div.post-content` below it (Markdown made into `p`, `br`, `em`, `strong`, `ul`, `blockquote`); replies have the
same markup, so a selector needs the first: `div.post:first-child div.post-content`; name and moment `small.text-muted` "Door: NAME op 14 oktober
2026 09:15"; name `div.username`; forum (category) `li.breadcrumb-item:nth-last-child(2)`. No place, no telephone, no price. An
edit shows in `div.edit-info`; nothing of it shows on the index page.

Fields of `add` and `change`: title, text (plain; lines must not look like Markdown), category (a forum's name; `add` only), reply
(`change` only: adds a reply, which moves the topic to the top and counts on its card).
"""

import random
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from peer import Item, PeerApp, canonical


class ForumApp(PeerApp):
    """A forum of `COUNT` topics."""

    program = Path(__file__)


FORUMS: tuple[tuple[str, str | None, str | None, int], ...] = (
    # Name, category, forum above it, topics; twenty stand on a page.
    ("Fietsen & fietsers", "Buiten", None, 45),  # three pages, an announcement on each
    ("Moestuin", "Buiten", None, 32),
    ("Balkontuin", "Buiten", "Moestuin", 8),
    ("Brood en gebak", "Binnen", None, 20),  # exactly one page
    ("Voorstelrondje", None, None, 15),
)
COUNT = sum(count for *_, count in FORUMS)
HIDDEN = 4  # topics that wait for a moderator
MEMBERS = ("Anneke", "Bartjan", "Cécile", "Dörte", "Ewout", "Fenna", "gerrit_55", "Hülya", "Ivo", "Jetske")

_SUBJECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Fietsen & fietsers": (
        ("Band plakken", "Ketting loopt eraf", "Welke route", "Verlichting", "Terugtraprem", "Bagage mee"),
        ("bij regen", "op een tandem", "langs de Dinkel 🚲", "voor beginners", "& hoe nu verder?", "in één dag"),
    ),
    "Moestuin": (
        ("Slakken", "Compost", "Aardappels poten", "Gießen im Sommer", "Bonen", "Zaaikalender"),
        ("in mei", "zonder gif", "op kleigrond", "na de vorst", "<liefst vandaag>"),
    ),
    "Balkontuin": (("Tomaten 🍅", "Kruiden", "Wind"), ("op het noorden", "drie hoog", "in een bak")),
    "Brood en gebak": (
        ("Zuurdesem", "Krentenwegge", "Oliebollen", "Schwarzwälder Kirschtorte", "Boterkoek"),
        ("wil niet rijzen", "van oma", "zonder oven", 'met "echte" boter'),
    ),
    "Voorstelrondje": (("Even voorstellen", "Hallo allemaal", "Nieuw hier"), ("uit Twente", "vanaf de grens", "👋")),
}
_SAME_TITLE = "Vraagje"
# Each line as it is written (Markdown) and as it is read.
_LINES: tuple[tuple[str, str], ...] = (
    ("Wie heeft hier ervaring mee?", "Wie heeft hier ervaring mee?"),
    ("Vorig jaar ging het **helemaal** mis.", "Vorig jaar ging het helemaal mis."),
    ("Ik zou het *zo* doen, maar ik hoor graag anders.", "Ik zou het zo doen, maar ik hoor graag anders."),
    ("Schöne Grüße, und gutes Gelingen!", "Schöne Grüße, und gutes Gelingen!"),
    ("Kosten: minder dan € 5 & meer dan niets; 3 < 5.", "Kosten: minder dan € 5 & meer dan niets; 3 < 5."),
    ('De buurman zegt: "dat komt goed" en \'t klopt vaak.', 'De buurman zegt: "dat komt goed" en \'t klopt vaak.'),
    ("Zie [de handleiding](https://voorbeeld.example/handleiding) voor de maten.", "Zie de handleiding voor de maten."),
    ("Met een beetje geduld lukt het 🌻🐝 meestal wel ❤️.", "Met een beetje geduld lukt het 🌻🐝 meestal wel ❤️."),
    ("Dubbele  spaties en\u00a0vaste komen ook voor.", "Dubbele spaties en vaste komen ook voor."),
    ("Gru\u0308n is de kleur, als altijd.", "Grün is de kleur, als altijd."),
)
_BLOCKS: tuple[tuple[str, str], ...] = (
    ("- eerst water\n- dan licht\n- daarna wachten", "eerst water\ndan licht\ndaarna wachten"),
    ("> Zo deed mijn opa het ook.", "Zo deed mijn opa het ook."),
)


def _subject(chance: random.Random, forum: str) -> str:
    if chance.random() < 0.05:
        return _SAME_TITLE
    things, words = _SUBJECTS[forum]
    return f"{chance.choice(things)} {chance.choice(words)}"


def _post(chance: random.Random) -> tuple[str, str]:
    """Give the text of a post as it is written and as it is read."""
    blocks = []
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        lines = chance.sample(_LINES, chance.choice((1, 1, 2, 3)))
        blocks.append(("\n".join(line[0] for line in lines), "\n".join(line[1] for line in lines)))
        if chance.random() < 0.15:
            blocks.append(chance.choice(_BLOCKS))
    return "\n\n".join(written for written, _ in blocks), "\n".join(read for _, read in blocks)


class Forum:
    """The application in this process."""

    def __init__(self, seed: int, clock: Any, folder: Path, port: int) -> None:
        from machina import MACHINA_MAIN_STATIC_DIR, MACHINA_MAIN_TEMPLATE_DIR
        from peer_child import Urls, django_settings, start_django

        def patterns() -> list[Any]:
            from django.urls import include, path

            return [path("", include("machina.urls"))]

        self._clock = clock
        self._chance = random.Random(seed)
        self._read: dict[int, str] = {}  # topic to its opening post, as it is read
        self.wsgi = start_django(
            clock,
            django_settings(
                folder,
                (
                    "mptt",
                    "haystack",
                    "widget_tweaks",
                    "machina",
                    "machina.apps.forum",
                    "machina.apps.forum_conversation",
                    "machina.apps.forum_conversation.forum_attachments",
                    "machina.apps.forum_conversation.forum_polls",
                    "machina.apps.forum_feeds",
                    "machina.apps.forum_moderation",
                    "machina.apps.forum_search",
                    "machina.apps.forum_tracking",
                    "machina.apps.forum_member",
                    "machina.apps.forum_permission",
                ),
                ROOT_URLCONF=Urls(patterns),
                MIDDLEWARE=[
                    "django.middleware.common.CommonMiddleware",
                    "django.contrib.sessions.middleware.SessionMiddleware",
                    "django.contrib.auth.middleware.AuthenticationMiddleware",
                    "django.contrib.messages.middleware.MessageMiddleware",
                    "machina.apps.forum_permission.middleware.ForumPermissionMiddleware",
                ],
                TEMPLATES=[
                    {
                        "BACKEND": "django.template.backends.django.DjangoTemplates",
                        "DIRS": [MACHINA_MAIN_TEMPLATE_DIR],
                        "APP_DIRS": True,
                        "OPTIONS": {
                            "context_processors": [
                                "django.template.context_processors.request",
                                "django.contrib.auth.context_processors.auth",
                                "django.contrib.messages.context_processors.messages",
                                "machina.core.context_processors.metadata",
                            ]
                        },
                    }
                ],
                STATICFILES_DIRS=[MACHINA_MAIN_STATIC_DIR],
                CACHES={
                    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
                    "machina_attachments": {
                        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                        "LOCATION": str(folder / "attachments"),
                    },
                },
                HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
                DEFAULT_AUTO_FIELD="django.db.models.AutoField",
                LANGUAGE_CODE="nl-nl",
                MACHINA_FORUM_NAME="De Stamtafel",
            ),
        )
        from django.db import transaction

        with transaction.atomic():
            self._fill()

    def _fill(self) -> None:
        from django.contrib.auth import get_user_model
        from machina.apps.forum.models import Forum as Row
        from machina.apps.forum_conversation.models import Topic
        from machina.apps.forum_permission.models import ForumPermission, UserForumPermission

        chance, now = self._chance, self._clock.moment
        for codename in ("can_see_forum", "can_read_forum"):
            permission = ForumPermission.objects.get(codename=codename)
            UserForumPermission.objects.create(permission=permission, anonymous_user=True, has_perm=True)
        self._members = [get_user_model().objects.create(username=name) for name in MEMBERS]
        self._forums: dict[str, Any] = {}
        for name, category, above, _ in FORUMS:
            parent = self._forums.get(above or category or "")
            if parent is None and category is not None:
                parent = self._forums[category] = Row.objects.create(name=category, type=Row.FORUM_CAT)
            self._forums[name] = Row.objects.create(
                name=name, parent=parent, type=Row.FORUM_POST, description=f"Over {name.lower()}, onder elkaar."
            )
        where = [name for name, *_, count in FORUMS for _ in range(count)]
        chance.shuffle(where)
        types = {name: [] for name, *_ in FORUMS} | {
            "Fietsen & fietsers": [Topic.TOPIC_ANNOUNCE],
            "Moestuin": [Topic.TOPIC_STICKY, Topic.TOPIC_STICKY],
        }
        ages = sorted((chance.uniform(0.1, 1) ** 3 * 400 for _ in range(COUNT + HIDDEN)), reverse=True)
        hidden = set(chance.sample(range(COUNT + HIDDEN), HIDDEN))
        self._last_id = 200
        for number, age in enumerate(ages):
            self._clock.moment = begun = now - timedelta(days=age)
            if number in hidden:
                self._new({"category": chance.choice(list(_SUBJECTS))}, approved=False)
                continue
            category = where.pop()
            kind = types[category].pop() if types[category] else Topic.TOPIC_POST
            topic = self._new({"category": category}, kind=kind, is_locked=chance.random() < 0.05)
            # One topic goes on for two pages of posts.
            replies = 21 if number == COUNT // 2 else chance.choice((0, 0, 1, 1, 2, 4))
            for moment in sorted(begun + chance.random() * (now - begun) for _ in range(replies)):
                self._clock.moment = moment
                self._reply(topic, _post(chance)[0])
        self._clock.moment = now

    def _new(self, fields: Mapping[str, str], *, kind: int = 0, approved: bool = True, is_locked: bool = False) -> Any:
        from machina.apps.forum_conversation.models import Post, Topic

        chance = self._chance
        if unknown := fields.keys() - {"title", "text", "category"}:
            raise ValueError(f"a topic has no {', '.join(unknown)}")
        category = fields.get("category") or chance.choice(list(_SUBJECTS))
        subject = fields.get("title") or _subject(chance, category)
        written, read = (fields["text"], fields["text"]) if "text" in fields else _post(chance)
        self._last_id += chance.randrange(1, 4)
        poster = chance.choice(self._members)
        status = Topic.TOPIC_LOCKED if is_locked else Topic.TOPIC_UNLOCKED
        # By insertion: with a key of our own, Topic.save() would look for an earlier one.
        topic = Topic.objects.bulk_create(
            [
                Topic(
                    pk=self._last_id,
                    forum=self._forums[category],
                    poster=poster,
                    subject=subject,
                    type=kind,
                    status=status,
                    approved=approved,
                )
            ]
        )[0]
        topic.save()  # its slug
        Post(topic=topic, poster=poster, subject=subject, content=written, approved=approved).save()
        self._read[topic.pk] = read
        return topic

    def _reply(self, topic: Any, text: str) -> None:
        from machina.apps.forum_conversation.models import Post

        Post(
            topic=topic, poster=self._chance.choice(self._members), subject=f"Re: {topic.subject}", content=text
        ).save()

    def add(self, fields: Mapping[str, str]) -> str:
        return str(self._new(fields).pk)

    def change(self, listing_id: str, fields: Mapping[str, str]) -> None:
        from machina.apps.forum_conversation.models import Topic

        topic = Topic.objects.get(pk=listing_id, approved=True)
        fields = dict(fields) or {"text": f"Bij nader inzien, {self._clock.moment.isoformat()}: het is gelukt."}
        if unknown := fields.keys() - {"title", "text", "reply"}:
            raise ValueError(f"a topic has no {', '.join(unknown)} to change")
        if "reply" in fields:
            self._reply(topic, fields["reply"])
        if fields.keys() & {"title", "text"}:
            post = topic.first_post
            post.subject = fields.get("title", post.subject)
            if "text" in fields:
                post.content = fields["text"]
                self._read[topic.pk] = fields["text"]
            post.updates_count += 1
            post.updated_by = post.poster
            post.save()

    def remove(self, listing_id: str) -> None:
        from machina.apps.forum_conversation.models import Topic

        Topic.objects.get(pk=listing_id, approved=True).delete()

    def truth(self) -> dict[str, Item]:
        from django.urls import reverse
        from django.utils.timezone import localtime
        from machina.apps.forum_conversation.models import Topic

        rows = Topic.objects.filter(approved=True).select_related("forum__parent", "poster").order_by("pk")
        return {
            str(row.pk): Item(
                title=canonical(row.subject),
                body_text=canonical(self._read[row.pk]),
                path=reverse("forum_conversation:topic", args=[row.forum.slug, row.forum.pk, row.slug, row.pk]),
                posted=localtime(row.created).date(),
                category=row.forum.name,
                section=row.forum.parent.name if row.forum.parent else None,
                author=row.poster.username,
            )
            for row in rows
        }


if __name__ == "__main__":
    from peer_child import main

    sys.exit(main(Forum))
