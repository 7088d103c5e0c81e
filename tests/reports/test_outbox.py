import email
import multiprocessing
from datetime import date, datetime
from email import policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import outbox
from reports.errors import BadAddress, NoRecipients, ReportNotWritten

DAY = date(2026, 11, 8)
AT = datetime(2026, 11, 9, 17, 45, 12, 345678, outbox.AMSTERDAM)
WHO = {"sender": "monitor@gemeente.example", "recipients": ("a@gemeente.example", "b@gemeente.example")}


def make(subject="Onderwerp", text="Tekst é\n", html="<p>é</p>", day=DAY, **who):
    return outbox.message(subject, text, html, day=day, version=1, **{**WHO, **who})


def test_the_mail_reads_back_as_it_was_written():
    read = email.message_from_bytes(make().as_bytes(), policy=policy.default)
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert read.get_body(("plain",)).get_content().splitlines() == ["Tekst é"]
    assert read.get_body(("html",)).get_content().strip() == "<p>é</p>"
    assert read["To"].addresses[1].addr_spec == "b@gemeente.example"
    assert read["Message-ID"] == "<dagbericht-2026-11-08-v1@gemeente.example>"
    assert read["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("day", "offset"),
    [(date(2026, 10, 24), "+0200"), (date(2026, 10, 25), "+0100"), (date(2027, 3, 28), "+0200")],
)
def test_the_date_follows_the_day_and_summer_time(day, offset):
    assert make(day=day)["Date"].endswith(f"{day.year} 06:30:00 {offset}")


def test_the_same_digest_gives_the_same_bytes():
    assert make().as_bytes() == make().as_bytes()
    assert make().as_bytes() != make(text="Anders\n").as_bytes()


ENDS = ("\r\n", "\r", "\n", "\0", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\u200b", "\ud800")
CODED = (
    "=?utf-8?q?x=0D=0ABcc:_c@gemeente.example?=", "=?utf-8?b?eA0KQmNjOiBjQGdlbWVlbnRlLmV4YW1wbGU=?=", "=?utf-8?q?=00?=",
    "=?us-ascii?q?a?= =?us-ascii?q?=0A?=",
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.text(max_size=40), st.sampled_from((*ENDS, *CODED, "Bcc: c@gemeente.example"))))


@settings(deadline=None)
@given(HOSTILE.map("".join))
def test_no_subject_can_add_a_header(subject):
    raw = make(subject=f"x{subject}\r\nBcc: c@gemeente.example").as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith(b"bcc") for line in head.split(b"\r\n"))
    for read in (email.message_from_bytes(raw, policy=kind) for kind in (policy.default, policy.compat32)):
        assert read["Bcc"] is None
        assert len(read.get_all("Subject")) == 1
        assert [name for name in read if name not in NAMES] == []
    told = str(email.message_from_bytes(raw, policy=policy.default)["Subject"])
    assert not {"\r", "\n", "\0"} & set(told)


NAMES = (
    "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version",
    "Content-Type", "Content-Language",
)  # fmt: skip


@settings(deadline=None)
@given(HOSTILE.map("".join))
def test_a_header_value_is_one_line_and_stays_what_it_is(text):
    line = outbox.one_line(text)
    assert outbox.one_line(line) == line
    assert len(line.splitlines()) <= 1
    assert line.isprintable()
    assert "=?" not in line


@settings(deadline=None)
@given(
    st.one_of(
        st.emails(), HOSTILE.map("".join), st.tuples(st.emails(), st.sampled_from(ENDS), st.emails()).map("".join)
    )
)
def test_an_address_is_taken_as_it_is_or_refused(text):
    try:
        taken = outbox.address(text, "recipient")
    except BadAddress:
        return
    assert taken.addr_spec == text
    assert str(taken) == text  # no quotes, no name, no second address
    assert make(recipients=(text,))["To"].addresses[0].addr_spec == text


@settings(deadline=None)
@given(HOSTILE.map("".join), HOSTILE.map("".join))
def test_nothing_in_text_or_attachment_reaches_the_head_or_breaks_a_line(text, name):
    try:
        text.encode()
    except UnicodeEncodeError:
        text = ""
    raw = make(
        text=f"{text}\n--am-\nBcc: c@gemeente.example\n", attachments=[(name, b"%PDF-1.7 \xff" * 400)]
    ).as_bytes()
    read = email.message_from_bytes(raw, policy=policy.default)
    assert [name for name in read if name not in NAMES] == []
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5322; quoted-printable and base64 keep to 76
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert [part.get_content_type() for part in read.iter_parts()] == ["multipart/alternative", "application/pdf"]
    assert read.get_body(("plain",)).get_content().splitlines()[-1] == "Bcc: c@gemeente.example"
    assert [part.get_content() for part in read.iter_attachments()] == [b"%PDF-1.7 \xff" * 400]


def test_a_bounce_can_come_back_and_a_holiday_reply_does_not():
    """Field values that suppress reports of mail that could not be delivered are MS-OXCMAIL's NDR and All."""
    mail = make()
    assert not {"NDR", "All"} & {value.strip() for value in mail["X-Auto-Response-Suppress"].split(",")}
    assert mail["Precedence"] is None  # RFC 3834, 3.1.8
    assert "Return-Path" not in mail  # whoever delivers writes it, from the envelope


def test_no_boundary_begins_with_another():
    read = email.message_from_bytes(make(attachments=[("a.pdf", b"%PDF")]).as_bytes(), policy=policy.default)
    marks = [part.get_boundary() for part in read.walk() if part.is_multipart()]
    assert len(marks) == 2
    assert not marks[0].startswith(marks[1])
    assert not marks[1].startswith(marks[0])


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.binary(max_size=300))
def test_a_recipients_copy_has_the_same_body_and_names_nobody_else(text, content):
    raw = make(text=text, subject=f"Dagbericht é {text}", attachments=[("a.pdf", content)]).as_bytes()
    copy = outbox.addressed(raw, "c@gemeente.example", "0f" * 8, AT)
    assert copy == outbox.addressed(raw, "c@gemeente.example", "0f" * 8, AT)
    assert copy.partition(b"\r\n\r\n")[2] == raw.partition(b"\r\n\r\n")[2]
    before, after = (email.message_from_bytes(one, policy=policy.default) for one in (raw, copy))
    assert [one.addr_spec for one in after["To"].addresses] == ["c@gemeente.example"]
    assert after["Message-ID"] == "<dagbericht-2026-11-08-v1.0f0f0f0f0f0f0f0f@gemeente.example>"
    assert b" a@gemeente.example" not in copy
    for name in NAMES:
        if name not in {"To", "Message-ID", "Date"}:
            assert after[name] == before[name]
    assert (before["Date"], after["Date"]) == ("Sun, 08 Nov 2026 06:30:00 +0100", "Mon, 09 Nov 2026 17:45:12 +0100")


def test_a_copy_for_an_address_that_is_none_is_refused():
    with pytest.raises(BadAddress):
        outbox.addressed(make().as_bytes(), "c@gemeente.example\r\nBcc: d@gemeente.example", "00", AT)


@pytest.mark.parametrize(
    "bad",
    [
        "", "geen adres", "a@b\r\nBcc: c@d.example", "a@b\n", "a,b@c.example", "<a@b.example>", "a@b@c.example",
        "a@", "@b.example", "a @b.example", "a@b..example", "a@-b.example\0", "a@b.example, c@d.example",
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_and_not_repeated(bad):
    with pytest.raises(BadAddress) as caught:
        make(recipients=(bad,))
    assert caught.value.exit_code == 2
    assert len(bad) < 4 or bad not in str(caught.value)
    with pytest.raises(BadAddress):
        make(sender=bad)


def test_nobody_to_send_to_is_an_error():
    with pytest.raises(NoRecipients):
        make(recipients=())


def test_a_second_mail_of_the_day_is_never_written(tmp_path):
    first = outbox.put(make(), tmp_path, DAY, 1)
    before = first.read_bytes()
    assert outbox.put(make(text="Anders\n"), tmp_path, DAY, 1) == first
    assert first.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["dagbericht-2026-11-08-v1.eml"]


def _put(folder, number):
    outbox.put(make(text=f"Van {number}\n" * 2000), folder, DAY, 1)


def test_of_many_at_once_one_wins_and_the_file_is_whole(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_put, args=(tmp_path, number)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 6
    [only] = tmp_path.iterdir()
    read = email.message_from_bytes(only.read_bytes(), policy=policy.default)
    body = read.get_body(("plain",)).get_content()
    assert len(set(body.splitlines())) == 1
    assert body.count("\n") == 2000


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportNotWritten) as caught:
        outbox.put(make(), tmp_path / "file" / "outbox", DAY, 1)
    assert caught.value.exit_code == 1
