"""Settings: environment variables that start with ADVERTENTIEMONITOR_, and the folders that follow from them."""

from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from advertentiemonitor.errors import StateFolderUnusable

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MARKET_SITES = 4
MARKET_PORT = 18731  # as in the register entries of the synthetic sources


class Settings(BaseSettings):
    """What an operator may choose. Secrets are not among them: keys live in files (`warehouse.keys`)."""

    model_config = SettingsConfigDict(env_prefix="ADVERTENTIEMONITOR_", frozen=True)

    state: Path = Field(default=Path("state"), description="folder that holds everything this installation keeps")
    market_today: date | None = Field(
        default=None, description="the synthetic market's calendar; live sources always use the wall clock"
    )
    market_port: int = Field(
        default=MARKET_PORT, ge=1024, le=65000, description="first of the synthetic market's ports"
    )
    seed: int = Field(default=1, ge=0, description="seed of the estimates' draws")
    contact: str = Field(default="beheer@gemeente.example", description="contact in the crawler's user agent")
    recipients: tuple[str, ...] = Field(
        default=("handhaving@gemeente.example",), description="who gets the digest (a JSON list)"
    )
    sender: str = Field(default="advertentiemonitor@gemeente.example", description="sender of the digest")

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
        return self.state.expanduser().absolute()

    def folder(self, name: str) -> Path:
        """Give the folder `name` inside the state folder, made if need be, readable by its owner only.

        Raises:
            StateFolderUnusable: it can be neither made nor written.
        """
        folder = self.root / name
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StateFolderUnusable(str(self.root), error.strerror or type(error).__name__) from None
        return folder
