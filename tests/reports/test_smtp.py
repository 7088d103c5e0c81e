"""Handing mail in: a real server over loopback, its certificate, its passwords and its refusals."""

import base64
import logging
import os
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import mail_server
from mail_server import HOST, PASSWORD, USER, Mailbox, serving
from socket_ports import free_port

from reports import smtp
from reports.errors import LoginRefused, MailFileUnusable, MailServerSilent, NoEncryption, UntrustedServer

SENDER, ONE, OTHER = "monitor@gemeente.example", "a@gemeente.example", "b@gemeente.example"
MAIL = b"Subject: Dagbericht\r\nTo: a@gemeente.example\r\n\r\n.een punt\r\n..twee\r\n.\r\neinde\r\n"


@pytest.fixture(scope="module")
def pem(tmp_path_factory) -> Path:
    return mail_server.certificate(tmp_path_factory.mktemp("pem"))


@pytest.fixture
def password(tmp_path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def server(pem, password) -> smtp.MailServer:
    """As the settings would name it, on a port where nobody listens yet."""
    return smtp.MailServer(
        HOST, free_port(), "starttls", "gemeente.example", user=USER, password_file=password, ca_file=pem
    )


def hand_over(server: smtp.MailServer, *recipients: str) -> list[smtp.Answer]:
    with smtp.session(server) as link:
        return [smtp.hand_over(link, SENDER, recipient, MAIL) for recipient in recipients]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_is_taken_over_an_encrypted_link_after_a_login(server, pem, security):
    box = Mailbox()
    with serving(box, server.port, pem, implicit=security == "tls"):
        assert hand_over(replace(server, security=security), ONE, OTHER) == [smtp.Answer("sent", 250)] * 2
    assert [(one.sender, one.recipients) for one in box.taken] == [(SENDER, (ONE,)), (SENDER, (OTHER,))]
    assert all(one.is_encrypted and one.content == MAIL for one in box.taken)
    assert box.logins == [True]


def test_a_server_on_this_machine_may_be_told_in_the_clear(server):
    box = Mailbox()
    with serving(box, server.port, None):
        assert hand_over(replace(server, security="none", user=""), ONE) == [smtp.Answer("sent", 250)]
    assert not box.taken[0].is_encrypted


def test_without_starttls_nothing_is_said(server):
    box = Mailbox()
    with serving(box, server.port, None), pytest.raises(NoEncryption) as caught:
        hand_over(server, ONE)
    assert (caught.value.exit_code, box.taken, box.logins) == (3, [], [])


def test_a_certificate_of_an_unknown_authority_is_refused(server, pem):
    box = Mailbox()
    for security in ("starttls", "tls"):
        mine = replace(server, security=security, ca_file=None)
        with serving(box, server.port, pem, implicit=security == "tls"), pytest.raises(UntrustedServer) as caught:
            hand_over(mine, ONE)
        assert caught.value.exit_code == 3
    assert (box.taken, box.logins) == ([], [])


def test_a_certificate_of_another_name_is_refused(server, tmp_path):
    box, other = Mailbox(), mail_server.certificate(tmp_path, "post.elders.example")
    with serving(box, server.port, other), pytest.raises(UntrustedServer):
        hand_over(replace(server, ca_file=other), ONE)
    assert (box.taken, box.logins) == ([], [])


def test_tls_with_a_server_that_speaks_none_is_refused(server):
    with serving(Mailbox(), server.port, None), pytest.raises(UntrustedServer):
        hand_over(replace(server, security="tls"), ONE)


def told(error: BaseException) -> str:
    """All that a careless program could print of an error: text, causes, and what the frames of our code held."""
    frames = [
        frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__) if "tests" not in frame.f_code.co_filename
    ]
    assert len(frames) >= 2
    chain = [error, error.__cause__, error.__context__ if not error.__suppress_context__ else None]
    return repr(frames) + "".join(f"{one!r} {one} {vars(one) if one else None}" for one in chain)


@pytest.mark.parametrize("wrong", ["zeer geheim maar fout", PASSWORD + "?"])
def test_a_wrong_password_is_told_and_never_repeated(server, pem, password, caplog, capfd, wrong):
    caplog.set_level(logging.DEBUG)
    password.write_text(wrong)
    box = Mailbox()
    with serving(box, server.port, pem), pytest.raises(LoginRefused) as caught:
        hand_over(server, ONE)
    assert caught.value.exit_code == 2
    assert "SMTP_PASSWORD_FILE" in str(caught.value)
    everything = told(caught.value) + "".join(capfd.readouterr()) + caplog.text + repr(server)
    for form in (wrong.encode(), base64.b64encode(wrong.encode()), base64.b64encode(f"\0{USER}\0{wrong}".encode())):
        assert form.decode() not in everything
    assert box.taken == []
    assert set(box.logins) == {False}


def test_a_server_that_knows_no_login_is_told(server, pem):
    with serving(Mailbox(), server.port, pem, login=False), pytest.raises(LoginRefused):
        hand_over(server, ONE)


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (b"open", 0o620),
        (b"open", 0o660),
        (b"open", 0o604),
        (b"open", 0o644),
        (b"", 0o600),
        (b"twee\nregels", 0o600),
        ("é".encode(), 0o600),
        (b"\xff", 0o600),
    ],
)
def test_a_password_that_is_none_or_others_can_read_is_not_used(server, pem, password, content, mode):
    password.write_bytes(content)
    password.chmod(mode)
    box = Mailbox()
    with serving(box, server.port, pem), pytest.raises(MailFileUnusable) as caught:
        hand_over(server, ONE)
    assert caught.value.exit_code == 2
    assert str(password) in str(caught.value)
    assert "regels" not in str(caught.value)
    assert (box.logins, box.taken) == ([], [])


@pytest.mark.parametrize("mode", [0o440, 0o640])
def test_a_password_that_our_own_group_can_read_is_used_and_of_another_group_not(
    server, pem, password, monkeypatch, mode
):
    """As Kubernetes mounts a secret where the pod has an `fsGroup`."""
    os.chown(password, -1, os.getegid())
    password.chmod(mode)
    box = Mailbox()
    with serving(box, server.port, pem):
        assert hand_over(server, ONE) == [smtp.Answer("sent", 250)]
        monkeypatch.setattr(os, "getegid", lambda: password.stat().st_gid + 1)
        with pytest.raises(MailFileUnusable, match="others"):
            hand_over(server, ONE)
    assert (box.logins, len(box.taken)) == ([True], 1)


def test_files_that_are_not_there_are_named(server, pem, tmp_path):
    for mine in (replace(server, ca_file=tmp_path / "none"), replace(server, password_file=tmp_path / "none")):
        with serving(Mailbox(), server.port, pem), pytest.raises(MailFileUnusable, match="none"):
            hand_over(mine, ONE)


def test_nobody_listening_is_told_with_the_reason(server):
    with pytest.raises(MailServerSilent, match="refused"):
        hand_over(server, ONE)


@pytest.mark.parametrize(
    ("answer", "state", "number"),
    [("450 later", "due", 450), ("451 later", "due", 451), ("550 onbekend b@gemeente.example", "refused", 550), ("554 no", "refused", 554)],
)  # fmt: skip
def test_what_is_refused_for_one_does_not_stop_the_next(server, pem, answer, state, number):
    box = Mailbox(to_recipient={OTHER: [answer]})
    with serving(box, server.port, pem):
        answers = hand_over(server, ONE, OTHER, ONE)
    assert answers == [smtp.Answer("sent", 250), smtp.Answer(state, number), smtp.Answer("sent", 250)]
    box = Mailbox(to_mail=["250", answer, "250"])
    with serving(box, server.port, pem):
        assert [one.state for one in hand_over(server, ONE, OTHER, ONE)] == ["sent", state, "sent"]
    assert [one.recipients for one in box.taken] == [(ONE,), (ONE,)]


def test_a_link_that_breaks_before_the_answer_leaves_a_doubt_and_before_the_mail_none(server, pem):
    box = Mailbox(on_mail=mail_server.hang_up)
    with serving(box, server.port, pem):
        # After the doubt the link is gone, and nothing of the next mail was said.
        assert hand_over(server, ONE, OTHER) == [smtp.Answer("begun"), smtp.Answer("due")]


@pytest.mark.parametrize(
    ("answer", "state", "number"), [("451 later", "due", 451), ("554 no", "refused", 554), ("", "due", None)]
)
def test_what_happens_before_the_mail_is_said_leaves_no_doubt(server, pem, answer, state, number):
    box = Mailbox(to_data=[answer])
    with serving(box, server.port, pem):
        assert hand_over(server, ONE) == [smtp.Answer(state, number)]
        assert hand_over(server, ONE) == [smtp.Answer("sent", 250)]
    assert len(box.taken) == 1


@pytest.mark.parametrize("answer", ["bedankt", "354 ga door", "150 wacht"])
def test_an_answer_to_the_mail_that_says_neither_yes_nor_no_leaves_a_doubt(server, pem, answer):
    box = Mailbox(to_mail=[answer])
    with serving(box, server.port, pem):
        # What the server thinks of us is not known any more, so the next mail waits for another link.
        assert hand_over(server, ONE, OTHER) == [smtp.Answer("begun"), smtp.Answer("due")]
    assert box.taken == []


@pytest.mark.parametrize("answer", ["530 5.7.0 log in first", "553 not your sender"])
def test_a_refusal_of_the_sender_is_about_us_and_no_recipient(server, pem, answer):
    box = Mailbox(to_sender=[answer])
    with serving(box, server.port, pem):
        first, second = hand_over(server, ONE, ONE)
    assert (first, first.is_about_us) == (smtp.Answer("due", int(answer[:3])), True)
    assert (second, second.is_about_us) == (smtp.Answer("sent", 250), False)


def test_a_user_that_cannot_be_said_is_told_without_the_password(server, pem):
    with serving(Mailbox(), server.port, pem), pytest.raises(LoginRefused) as caught:
        hand_over(replace(server, user="beheerdér"), ONE)
    everything = told(caught.value)
    for form in (PASSWORD.encode(), base64.b64encode(PASSWORD.encode())):
        assert form.decode() not in everything
    assert caught.value.__context__ is None


def test_a_goodbye_is_not_waited_for_as_long_as_for_an_answer_to_a_mail(server, pem):
    with serving(Mailbox(), server.port, pem), smtp.session(server) as link:
        smtp.hand_over(link, SENDER, ONE, MAIL)
        assert link.sock.gettimeout() == smtp.LAST_ANSWER_SECONDS
        waited, quit_now = [], link.quit
        link.quit = lambda: (waited.append(link.sock.gettimeout()), quit_now())[1]
    assert waited == [smtp.ANSWER_SECONDS]
