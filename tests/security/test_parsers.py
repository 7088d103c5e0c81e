"""Whatever comes in, what comes out of a parser is its answer or an error of ours, and no error repeats what came in."""

import ast
import importlib
import inspect
import json
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from parsers import CANARY, EXCUSED, NO_READERS, PARSERS, READERS, Parser
from scrapy.http import JsonResponse, TextResponse, XmlResponse

from reports import smtp
from reports.errors import ReportError
from warehouse.errors import SpoolCorrupt

ROOT = Path(__file__).parents[2]
ROOMS = ("advertentiemonitor", "spiders", "nlp", "warehouse", "reports")
FEW = settings(max_examples=15, suppress_health_check=list(HealthCheck), database=None)
MANY = settings(max_examples=500, suppress_health_check=list(HealthCheck), database=None)
# Words that turn bytes or text into something else.
PARSING = {
    ("json", "loads"), ("json", "load"), ("yaml", "load"), ("yaml", "safe_load"), ("csv", "reader"), ("csv", "DictReader"),
    ("tomllib", "loads"), ("tomllib", "load"), ("etree", "fromstring"), ("email", "message_from_bytes"), ("ast", "literal_eval"),
}  # fmt: skip


def raised(call: Callable[[Any], object], given: object) -> Exception | None:
    """The error that comes out, or None where an answer does."""
    try:
        call(given)
    except Exception as error:  # noqa: BLE001 - any error is what is looked for
        return error
    return None


def repeats(error: Exception) -> bool:
    """Whether an error, or one that it was raised from, holds what came in."""
    return CANARY in "".join(traceback.format_exception(error)) + repr(error.args)


def hold(parser: Parser, given: object) -> None:
    """Run a parser; it gives an answer, or one of its errors that keeps what came in to itself."""
    error = raised(parser.call, given)
    if error is not None:
        assert hasattr(error, "exit_code") or isinstance(error, parser.allowed), f"{type(error).__name__} came out"
        assert parser.quotes or not repeats(error)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_answers_or_raises_its_own_error(name):
    parser = PARSERS[name]
    FEW(given(parser.inputs)(lambda given: hold(parser, given)))()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("spiders.extract:number", "9" * 5_000),
        ("spiders.extract:posted", "9999 jaar geleden"),
        ("spiders.declared:parse_index", JsonResponse("https://site.example/", body=b"[" * 60_000)),
        ("spiders.obstacles:says_gone", XmlResponse("https://site.example/", body=b"<h1>&#xD800;&#057343;")),
        ("spiders.declared:parse_index", TextResponse("https://site.example/", body=b'{"a": 1}')),
        ("nlp.reading:read_lines", "[" * 60_000),
        ("warehouse.spool:read", b"[" * 60_000 + b"\n"),
        ("warehouse.spool:read", b'["P", 1, {}]\n'),
        ("warehouse.spool:read", b'["L", "a", "b", "c", "d", null, null, null, "gisteren"]\n'),
        ("warehouse.spool:read", b"\xff\n"),
        ("advertentiemonitor.crawler:read_crawl_log", "[]"),
        ("advertentiemonitor.crawler:read_crawl_log", '{"day": "2026-10-12", "fields": 3}'),
        ("warehouse.calendar:Epochs.load", b"[" * 60_000),
        ("warehouse.estimates.audit_files:judged", f'{{"kappa": {"9" * 5_000}}}'),
        (
            "warehouse.estimates.audit_files:judged",
            f'{{"kappa": {{"lower": 1, "point": 1{"0" * 400}, "upper": 1}}, "identities": 99}}',
        ),
        ("advertentiemonitor.settings:Settings", {"RECIPIENTS": "[" * 60_000}),
        ("spiders.register:read_entry", b"checked_on: 2026-13-01\n"),
        ("spiders.register:read_entry", b"delay_seconds: " + b"9" * 5_000),
        ("spiders.register:read_entry", b"a: !!timestamp b\n"),
        ("spiders.register:read_entry", b"a: !!bool b\n"),
        ("spiders.register:read_entry", b"a: !!int ''\n"),
        ("spiders.register:read_entry", b"!!map abc\n"),
        ("spiders.register:read_entry", b"a: !!set [a]\n"),
        ("spiders.register:read_entry", b"a: !!map [[a, b]]\n"),
        ("spiders.register:read_entry", b"page_cap: " + b"1:" * 200 + b"1.0\n"),
    ],
)
def test_what_was_once_found_stays_mended(name, found):
    hold(PARSERS[name], found)


@pytest.mark.parametrize("record", [["P", 1, "b"], ["P", "a", None], ["L", "a", "b", "c", 4, None, None, None, None],
                                    ["L", "a", "b", "c", "d", None, None, 3, None]])  # fmt: skip
def test_reading_believes_no_type_of_what_collecting_left(record):
    error = raised(PARSERS["warehouse.spool:read"].call, json.dumps(record).encode() + b"\n")
    assert isinstance(error, SpoolCorrupt)


@pytest.mark.full
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_does_so_a_thousand_times(name):
    parser = PARSERS[name]
    MANY(given(parser.inputs)(lambda given: hold(parser, given)))()


@pytest.mark.parametrize("error", [RuntimeError("a fault"), RecursionError(), KeyError(CANARY)])
def test_another_error_is_found(error):
    def call(given: object) -> None:
        raise error

    with pytest.raises(AssertionError, match="came out"):
        hold(Parser(call, st.none()), None)


def test_an_error_that_repeats_what_came_in_is_found():
    def quoting(given: str) -> None:
        try:
            json.loads(given)
        except ValueError:
            message = f"no JSON: {given}"
            raise ReportError(message) from None

    with pytest.raises(AssertionError):
        hold(Parser(quoting, st.none()), CANARY)


def takes_text(function: object) -> bool:
    """Whether one of a function's arguments is text, bytes, a page or a file."""
    try:
        words = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = " ".join(str(word.annotation) for word in words)
    return any(kind in kinds for kind in ("str", "bytes", "Response", "Page", "Path", "Selector", "Place"))


def public(module: object) -> Iterator[str]:
    """Functions of a module, and the class methods that make something, as `module:function`."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing) and takes_text(thing):
            yield f"{module.__name__}:{name}"
        elif inspect.isclass(thing):
            for method, made in vars(thing).items():
                if isinstance(made, classmethod) and not method.startswith("_") and takes_text(made.__func__):
                    yield f"{module.__name__}:{name}.{method}"


def test_every_function_that_takes_text_is_in_the_table_or_excused():
    found = {name for module in READERS for name in public(importlib.import_module(module))}
    assert sorted(found - PARSERS.keys() - EXCUSED.keys()) == []


def parses(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if (of, node.func.attr) in PARSING or node.func.attr in {"decode", "iter_unpack"}:
                return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Selector":
            return True
    return False


def test_every_module_that_parses_is_in_the_table_or_excused():
    files = {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", "."): path
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }
    found = {name.removesuffix(".__init__") for name, path in files.items() if parses(path)}
    assert len(found) > 20
    assert sorted(found - set(READERS) - NO_READERS.keys()) == []
    assert sorted(NO_READERS.keys() - found) == []


@contextmanager
def saying(answers: list[bytes]) -> Iterator[int]:
    """A mail server that says these things, one for each thing that it hears, and hangs up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                link.settimeout(5)
                for answer in answers:
                    try:
                        link.sendall(answer)
                        if not link.recv(65_536):
                            return
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


ANSWERS = st.lists(
    st.sampled_from(
        [b"220 post\r\n", b"250 ok\r\n", b"250-a\r\n250 STARTTLS\r\n", b"354 go on\r\n", b"421 no\r\n", b"550 " + CANARY.encode() + b"\r\n",
         b"999 x\r\n", b"-1\r\n", b"\r\n", b"250-", b"x" * 9_000 + b"\r\n", b"\xff\xfe\r\n", b"250\r\n", b"2\xb20 ok\r\n", b"250 \0\r\n"]
    ) | st.binary(max_size=30).map(lambda line: line + b"\r\n"),
    max_size=8,
)  # fmt: skip


def mail(answers: list[bytes]) -> None:
    with saying(answers) as port:
        server = smtp.MailServer("127.0.0.1", port, "none", "gemeente.example")
        error = raised(partial(send, answers), server)
    assert error is None or (isinstance(error, ReportError) and not repeats(error))


def send(answers: list[bytes], server: smtp.MailServer) -> None:
    with smtp.session(server) as link:
        answer = smtp.hand_over(link, "a@gemeente.example", "b@gemeente.example", b"Subject: x\r\n\r\nx\r\n")
    assert answer.state in {"sent", "due", "refused", "begun"}
    assert answer.state != "sent" or any(line.startswith(b"354") for line in answers)


def test_whatever_a_mail_server_says_is_an_answer_or_an_error_of_ours():
    FEW(given(ANSWERS)(mail))()


@pytest.mark.full
def test_it_is_so_a_thousand_times():
    MANY(given(ANSWERS)(mail))()
