"""How a page is made: templates with everything escaped, styles inside the page under a strict content policy."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from reports import wording
from reports.errors import WrongTheme

_FOLDER: Final = files("reports")
_COMMENT: Final = re.compile(r"/\*.*?\*/|^\s*//[^\n]*$", re.DOTALL | re.MULTILINE)
_THEME_LIMIT: Final = 8_000  # characters; a page stays under 250 KB with it
_TOKEN: Final = re.compile(r"""(--[\w-]+)\s*:((?:"[^"]*"|'[^']*'|[^;{}"'])*);?[ \t]*\n?""")
_ASKED: Final = re.compile(r"var\(\s*(--[\w-]+)")


def style(*names: str) -> str:
    """Give the style sheets `static/<name>.css` as one text."""
    return _static("css", names)


def script(*names: str) -> str:
    """Give the scripts `static/<name>.js` as one text, in this order."""
    return _static("js", names)


def _static(suffix: str, names: Sequence[str]) -> str:
    folder = _FOLDER.joinpath("static")
    texts = (folder.joinpath(f"{name}.{suffix}").read_text(encoding="utf-8") for name in names)
    # Every page holds them: comments and indents stay here.
    return "\n".join(line for text in texts for each in _COMMENT.sub("", text).splitlines() if (line := each.strip()))


def checked_theme(css: str) -> str:
    """Give a municipality's own style sheet back if it stays inside the page.

    A theme of NL Design System sets thousands of tokens; those that our style sheets do not use are left out.

    Raises:
        WrongTheme: it would fetch something, close the style element, or is too long.
    """
    css = _used_of(css)
    folded = "".join(css.split()).casefold()
    for bad, why in (
        ("<", "it holds a <"),
        ("url(", "it fetches a file"),
        ("@import", "it fetches a file"),
        ("\\", "it holds a backslash"),
    ):
        if bad in folded:
            raise WrongTheme(why)
    if len(css) > _THEME_LIMIT:
        raise WrongTheme(f"it is longer than {_THEME_LIMIT} characters")
    return css


def _used_of(theme: str) -> str:
    """Drop the tokens of a theme that neither our style sheets nor what is kept of it asks for."""
    ours = "".join(entry.read_text(encoding="utf-8") for entry in _FOLDER.joinpath("static").iterdir())
    rest = _TOKEN.sub("", theme)
    asked = {*_ASKED.findall(ours), *_ASKED.findall(rest)}
    values: dict[str, str] = {}
    for name, value in _TOKEN.findall(theme):
        values[name] = values.get(name, "") + value
    waiting = asked & values.keys()
    while waiting:
        waiting = ({name for each in waiting for name in _ASKED.findall(values[each])} & values.keys()) - asked
        asked |= waiting
    return _TOKEN.sub(lambda found: found[0] if found[1] in asked else "", theme)


def policy(css: str, script: str = "") -> str:
    """Give the content security policy of a page that holds the style `css`, the script `script` and nothing else.

    A page with a script may also draw images that it made itself (`data:`): a chart becomes a PNG that way.
    """
    acts = f" script-src {_hash(script)}; img-src data:;" if script else ""
    return f"default-src 'none'; style-src {_hash(css)};{acts} base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """Give the template environment: every value is escaped unless it is Markup, an unknown name is an error."""
    folder = _FOLDER.joinpath("templates")
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".j2")}
    made = Environment(
        loader=DictLoader(texts),
        autoescape=select_autoescape(
            enabled_extensions=("html.j2",), default_for_string=True, default=True, disabled_extensions=("txt.j2",)
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["w"] = wording
    return made


def page(template: str, css: str, script: str = "", /, **values: Any) -> str:
    """Make an HTML page from `templates/<template>.html.j2` with the style `css` and the script `script` inside it.

    The script must be our own (`script`), never made of values: only the style and these very bytes are let through.
    """
    made = environment().get_template(f"{template}.html.j2")
    inside = {"css": Markup(css), "script": Markup(script)}  # noqa: S704 - our own files, or checked_theme's
    return made.render(csp=policy(css, script), **inside, **values)


def text(template: str, **values: Any) -> str:
    """Make a plain text from `templates/<template>.txt.j2`."""
    return environment().get_template(f"{template}.txt.j2").render(**values)
