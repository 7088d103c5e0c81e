"""The daily digest: one page in plain Dutch for supervision and outreach (PRIVACY P10, P13).

It tells about the focus municipality and its region; nothing smaller, nothing about a person. Only the variant for
outreach tells of languages of advertisement texts, for the region and four weeks.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Protocol

import css_inline

from reports import outbox, pages
from reports.digest import pdf
from reports.digest.view import DigestView, Variant, view
from reports.figures import Snapshot
from reports.loading import load_digest, load_outreach
from reports.wording import CAVEATS
from warehouse import db

STYLES = ("tokens", "base", "charts", "digest")
KINDS: Final[dict[Variant, str]] = {"supervision": "dagbericht", "outreach": "hulpverlening"}


class DigestSettings(Protocol):
    """What the digest takes from the installation's settings."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Mail addresses of those who get it."""

    @property
    def outreach_recipients(self) -> tuple[str, ...]:
        """Mail addresses of those who get the one for outreach."""

    @property
    def sender(self) -> str:
        """Mail address it comes from."""

    @property
    def contact(self) -> str:
        """Whom to ask, as shown at the end."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of a day in four forms that say the same.

    `html` is the page to read, `mail_html` the same for mail programs, `text` plain, `pdf` one A4 (PDF/UA-1) to print
    or keep. `kind` is "dagbericht" or "hulpverlening" and names the files.
    """

    day: date
    version: int
    kind: str
    subject: str
    html: str
    mail_html: str
    text: str
    pdf: bytes

    @property
    def stem(self) -> str:
        """Name of its files, without their ends."""
        return outbox.stem(self.day, self.version, self.kind)


def build(
    conn: db.Connection, day: date, settings: DigestSettings, *, notice: str = "", variant: Variant = "supervision"
) -> Digest:
    """Make the digest of a day from what was released by then.

    Args:
        conn: a connection that may read `release`.
        day: local day; the same day always gives the same bytes.
        settings: recipients are not used here, the contact is.
        notice: a line above everything, e.g. that these are figures of a synthetic market.
        variant: "outreach" adds the languages of advertisement texts of the region, per four weeks.

    Raises:
        NothingReleased: that day has no release.
    """
    load = load_outreach if variant == "outreach" else load_digest
    return render(load(conn, day), contact=settings.contact, notice=notice, variant=variant)


def render(snapshot: Snapshot, *, contact: str, notice: str = "", variant: Variant = "supervision") -> Digest:
    """Make the digest from a snapshot."""
    told = view(snapshot, variant)
    values = {"view": told, "contact": contact, "notice": notice, "caveats": CAVEATS}
    return Digest(
        day=snapshot.day,
        version=snapshot.edition.version_number,
        kind=KINDS[variant],
        subject=told.subject,
        html=pages.page("digest", pages.style(*STYLES), **values),
        mail_html=_mail(told, values),
        text=pages.text("digest", **values),
        pdf=pdf.pdf(told, snapshot.day, contact=contact, notice=notice),
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
        recipients=outbox.recipients_of(settings, digest.kind),
        kind=digest.kind,
        attachments=[(f"{digest.stem}.pdf", digest.pdf)],
    )
    return outbox.put(message, folder, digest.day, digest.version, digest.kind)


def write_page(digest: Digest, folder: Path) -> Path:
    """Write the digest as a page and as a PDF; give the path of the page."""
    outbox.write_atomically(folder / f"{digest.stem}.pdf", digest.pdf)
    return outbox.write_atomically(folder / f"{digest.stem}.html", digest.html.encode())


def _mail(told: DigestView, values: dict[str, object]) -> str:
    css = pages.style("mail")
    plain = pages.page("digest_mail", css, **{**values, "view": told})
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)
    return inliner.inline(plain)
