"""How a page is made: templates with everything escaped, styles inside the page under a strict content policy."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from reports import wording
from reports.errors import WrongTheme

_FOLDER: Final = files("reports")
_THEME_LIMIT: Final = 20_000  # characters; a page stays under 250 KB with it


def style(*names: str) -> str:
    """Give the style sheets `static/<name>.css` as one text."""
    return "\n".join(_FOLDER.joinpath("static", f"{name}.css").read_text(encoding="utf-8").strip() for name in names)


def checked_theme(css: str) -> str:
    """Give a municipality's own style sheet back if it stays inside the page.

    Raises:
        WrongTheme: it would fetch something, close the style element, or is too long.
    """
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


def policy(css: str) -> str:
    """Give the content security policy of a page that holds the style `css` and nothing else that acts or fetches."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


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


def page(template: str, css: str, **values: Any) -> str:
    """Make an HTML page from `templates/<template>.html.j2` with the style `css` inside it."""
    made = environment().get_template(f"{template}.html.j2")
    return made.render(css=Markup(css), csp=policy(css), **values)  # noqa: S704 - our own style sheet, or checked_theme's


def text(template: str, **values: Any) -> str:
    """Make a plain text from `templates/<template>.txt.j2`."""
    return environment().get_template(f"{template}.txt.j2").render(**values)
