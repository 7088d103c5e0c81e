"""Settings: environment variables that start with ADVERTENTIEMONITOR_, and the folders that follow from them."""

import re
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from advertentiemonitor.errors import BadSetting, StateFolderUnusable
from warehouse import store
from warehouse.calendar import ORIGIN
from warehouse.machine import is_here

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MARKET_SITES = 4
MARKET_PORT = 18731  # as in the register entries of the synthetic sources
NEVER = date(2999, 1, 1)  # no clock comes to it, and no market's calendar
PREFIX = "ADVERTENTIEMONITOR_"
_A_LIST = 'it is a JSON list, as ["a@gemeente.example"]'


class Settings(BaseSettings):
    """What an operator may choose. Secrets are not among them: this says where keys and passwords are, not what they are."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    state: Path = Field(default=Path("state"), description="folder that holds everything this installation keeps")
    market_today: date | None = Field(
        default=None,
        ge=ORIGIN,
        lt=NEVER,
        description="the synthetic market's calendar; live sources always use the wall clock",
    )
    market_port: int = Field(
        default=MARKET_PORT, ge=1024, le=65000, description="first of the synthetic market's ports"
    )
    keys: str = Field(
        default="file",
        description="where keys come from: file, environment, or command: and a program (a vault's client)",
    )
    backups: Path | None = Field(
        default=None, description="folder of backups, best on another disk; `backups` in the state folder when left out"
    )
    database: str = Field(
        default="",
        description="address of a PostgreSQL that runs elsewhere, without user and password; empty: the embedded one",
    )
    exchange: str = Field(
        default="",
        description="object storage that collecting and reading share, as s3://bucket/prefix; empty: the state folder",
    )
    seed: int = Field(default=1, ge=0, description="seed of the estimates' draws")
    contact: str = Field(default="beheer@gemeente.example", description="contact in the crawler's user agent")
    theme: Path | None = Field(
        default=None,
        description="style sheet of the organisation's own for the dashboard: NL Design System tokens, put after ours",
    )
    recipients: tuple[str, ...] = Field(
        default=("handhaving@gemeente.example",), description="who gets the digest (a JSON list)"
    )
    outreach_recipients: tuple[str, ...] = Field(
        default=(), description="who gets the digest for outreach (a JSON list); it is made when there is somebody"
    )
    operator_recipients: tuple[str, ...] = Field(
        default=(), description="who gets a mail when a task fails for good or the digest will be late (a JSON list)"
    )
    sender: str = Field(
        default="advertentiemonitor@gemeente.example",
        description="sender of the digest, who gets it back when it cannot be delivered",
    )
    smtp_host: str = Field(
        default="", description="mail server that the digest is handed to; empty: mail waits in the outbox as files"
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls, tls (from the first byte, port 465), or none for a mail server on this machine",
    )
    smtp_user: str = Field(default="", description="user to log in to the mail server with; empty: no login")
    smtp_password_file: Path | None = Field(
        default=None,
        description="file that holds that user's password, readable by its owner and at most our own group",
    )
    smtp_ca_file: Path | None = Field(
        default=None, description="certificates of authorities to trust besides those of the system"
    )
    metrics: Path | None = Field(
        default=None, description="folder for metrics; `metrics` in the state folder when left out"
    )
    lineage: Path | None = Field(
        default=None, description="file that Airflow's OpenLineage events are added to; none are made when left out"
    )

    def __init__(self, **given: Any) -> None:
        """Read the environment; `given` goes before it.

        Raises:
            BadSetting: a variable holds what its setting cannot be.
        """
        try:
            super().__init__(**given)
        except ValidationError as error:
            first = error.errors()[0]
            how = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
            raise BadSetting(PREFIX + str(first["loc"][0]).upper(), how) from None
        except (SettingsError, RecursionError) as error:
            named = re.search(r'for field "(\w+)"', str(error))
            name = named[1] if named else "recipients"
            raise BadSetting(PREFIX + name.upper(), _A_LIST) from None

    @field_validator("recipients", "outreach_recipients", "operator_recipients", mode="before")
    @classmethod
    def _is_a_list(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
            raise PydanticCustomError("no_list", _A_LIST)
        return given

    @field_validator("recipients", "outreach_recipients", "operator_recipients", "sender")
    @classmethod
    def _can_be_mailed(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        from reports import outbox
        from reports.errors import BadAddress

        try:
            for each in (given,) if isinstance(given, str) else given:
                outbox.address(each, "setting")
        except BadAddress:
            raise PydanticCustomError("no_mail", "a mail address has the form name@domain") from None
        return given

    @field_validator("keys")
    @classmethod
    def _names_a_provider(cls, where: str) -> str:
        from warehouse.errors import WrongUse
        from warehouse.key_providers import provider

        try:
            provider(where, Path())
        except WrongUse as error:
            raise PydanticCustomError("no_provider", str(error)) from None
        return where

    @field_validator("database")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if address:
            from warehouse.errors import UnusableAddress
            from warehouse.remote import RemoteServer

            try:
                RemoteServer(address, Path())
            except UnusableAddress as error:
                raise PydanticCustomError("no_address", str(error)) from None
        return address

    @field_validator("exchange")
    @classmethod
    def _is_a_bucket(cls, address: str) -> str:
        if address and not store.ADDRESS.fullmatch(address):
            raise PydanticCustomError("no_bucket", "it is an address such as s3://bucket/prefix, without a password")
        return address

    @field_validator("smtp_host")
    @classmethod
    def _is_a_name_of_a_host(cls, host: str) -> str:
        try:
            host.encode("idna")  # as Python does to look it up; it refuses parts that are empty or too long
        except UnicodeError:
            raise PydanticCustomError("no_host", "it is not the name of a host") from None
        if not host.isprintable() or " " in host:
            raise PydanticCustomError("no_host", "it is not the name of a host")
        return host

    @field_validator("smtp_user")
    @classmethod
    def _can_be_said(cls, user: str) -> str:
        if not user.isascii() or not user.isprintable():
            raise PydanticCustomError("no_user", "a user of a mail server is printable ASCII")
        return user

    @field_validator("state", "backups", "theme", "smtp_password_file", "smtp_ca_file", "metrics", "lineage")
    @classmethod
    def _is_the_same_from_everywhere(cls, path: Path | None) -> Path | None:
        try:
            return path and path.expanduser().absolute()  # Airflow's processes stand in another folder
        except RuntimeError:
            raise PydanticCustomError("no_home", "there is no user of the name after its ~") from None

    @field_validator("smtp_security")
    @classmethod
    def _is_encrypted_on_a_network(cls, chosen: str, info: ValidationInfo) -> str:
        host = info.data.get("smtp_host", "")
        if chosen == "none" and host and not is_here(host):
            how = "mail goes unencrypted to this machine only (127.0.0.1, ::1, localhost)"
            raise PydanticCustomError("in_the_clear", how)
        return chosen

    def today(self, *, synthetic: bool) -> date:
        """Give the local day on which `synthetic` or live sources can be crawled."""
        if synthetic and self.market_today is not None:
            return self.market_today
        return datetime.now(AMSTERDAM).date()

    def market_url(self, base_url: str) -> str:
        """Give the address of a synthetic source whose register entry says `base_url`, on this market's ports.

        A synthetic source that is no site of the market has its own address.
        """
        address = urlsplit(base_url)
        offset = (address.port or 0) - MARKET_PORT
        if not 0 <= offset < MARKET_SITES:
            return base_url
        return f"{address.scheme}://{address.hostname}:{self.market_port + offset}"

    @cached_property
    def root(self) -> Path:
        """The state folder as an absolute path."""
        return self.state.absolute()

    @property
    def shared(self) -> store.Place:
        """Where collecting leaves what reading takes: spool, indexes of what was seen, crawl logs, when epochs start."""
        return store.shared(self.exchange, self.root)

    @cached_property
    def backup_folder(self) -> Path:
        """The folder of backups as an absolute path; need not exist."""
        return self.backups or self.root / "backups"

    def folder(self, name: str) -> Path:
        """Give the folder `name` inside the state folder, made if need be, readable by its owner only.

        Raises:
            StateFolderUnusable: it can be neither made nor written.
        """
        folder = self.root / name
        try:
            make_passable(self.root)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StateFolderUnusable(str(self.root), error.strerror or type(error).__name__) from None
        return folder


def make_passable(folder: Path) -> None:
    """Make a folder and those above it that are missing: others may pass, as the database's user does for root, not look."""
    for part in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        part.mkdir(exist_ok=True)
        part.chmod(0o711)
