"""The daily digest: one page in plain Dutch for supervision and outreach (PRIVACY P10, P13).

It tells about the focus municipality and its region; nothing smaller, nothing by language, nothing about a person.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import css_inline

from reports import outbox, pages
from reports.digest_view import DigestView, view
from reports.figures import Snapshot
from reports.loading import load_digest
from reports.wording import CAVEATS, ESTIMAND
from warehouse import db

STYLES = ("tokens", "base", "charts", "digest")


class DigestSettings(Protocol):
    """What the digest takes from the installation's settings."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Mail addresses of those who get it."""

    @property
    def sender(self) -> str:
        """Mail address it comes from."""

    @property
    def contact(self) -> str:
        """Whom to ask, as shown at the end."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of a day: `html` is the page to read or print, `mail_html` the same for mail programs, `text` plain."""

    day: date
    version: int
    subject: str
    html: str
    mail_html: str
    text: str


def build(conn: db.Connection, day: date, settings: DigestSettings, *, notice: str = "") -> Digest:
    """Make the digest of a day from what was released by then.

    Args:
        conn: a connection that may read `release`.
        day: local day; the same day always gives the same bytes.
        settings: recipients are not used here, the contact is.
        notice: a line above everything, e.g. that these are figures of a synthetic market.

    Raises:
        NothingReleased: that day has no release.
    """
    return render(load_digest(conn, day), contact=settings.contact, notice=notice)


def render(snapshot: Snapshot, *, contact: str, notice: str = "") -> Digest:
    """Make the digest from a snapshot."""
    told = view(snapshot)
    values = {"view": told, "contact": contact, "notice": notice, "caveats": CAVEATS, "estimand": ESTIMAND}
    return Digest(
        day=snapshot.day,
        version=snapshot.edition.version_number,
        subject=told.subject,
        html=pages.page("digest", pages.style(*STYLES), **values),
        mail_html=_mail(told, values),
        text=pages.text("digest", **values),
    )


def send(digest: Digest, folder: Path, settings: DigestSettings) -> Path:
    """Put the digest into the outbox as an `.eml` file, once for a day and edition; give its path.

    Raises:
        BadAddress, NoRecipients: the settings name no usable addresses.
        ReportNotWritten: the folder cannot be written.
    """
    message = outbox.message(
        digest.subject,
        digest.text,
        digest.mail_html,
        day=digest.day,
        version=digest.version,
        sender=settings.sender,
        recipients=settings.recipients,
    )
    return outbox.put(message, folder, digest.day, digest.version)


def write_page(digest: Digest, folder: Path) -> Path:
    """Write the digest as a page to read or print; give its path."""
    return outbox.write_atomically(folder / f"{outbox.stem(digest.day, digest.version)}.html", digest.html.encode())


def _mail(told: DigestView, values: dict[str, object]) -> str:
    css = pages.style("mail")
    plain = pages.page("digest_mail", css, **{**values, "view": told})
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)
    return inliner.inline(plain)
