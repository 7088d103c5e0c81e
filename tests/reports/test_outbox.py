import email
import multiprocessing
from datetime import date
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import outbox
from reports.errors import BadAddress, NoRecipients, ReportNotWritten

DAY = date(2026, 11, 8)
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


@given(st.text(max_size=200))
def test_no_subject_can_add_a_header(subject):
    raw = make(subject=f"x{subject}\r\nBcc: c@gemeente.example").as_bytes()
    read = email.message_from_bytes(raw, policy=policy.default)
    assert read["Bcc"] is None
    assert len(read.get_all("Subject")) == 1


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
