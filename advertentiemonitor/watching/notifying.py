"""Telling systemd how the service is (sd_notify(3)): a datagram of a few lines. Without systemd nobody is told."""

import contextlib
import os
import socket
from collections.abc import MutableMapping


class ServiceManager:
    """Whoever started us and wants to know how it goes: systemd, by the socket that NOTIFY_SOCKET names.

    The name is taken out of the environment: what we start does not speak for us.

    Args:
        environment: where the name is looked for.
    """

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        name = (os.environ if environment is None else environment).pop("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name  # @: a name without a file
        self._status = ""

    def status(self, text: str) -> None:
        """Tell in a line what goes on; shown by `systemctl status`."""
        if text != self._status:
            self._status = text
            self._tell(f"STATUS={text}")

    def ready(self) -> None:
        """Tell that the start is over and all runs."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Tell that all still runs; when this stays away for WatchdogSec, systemd starts us anew."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that we are on our way out."""
        self._tell("STOPPING=1")

    def _tell(self, line: str) -> None:
        if self._address:
            # A manager that does not listen is no reason to stop, nor is one that is slow.
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
                link.setblocking(False)  # noqa: FBT003 - its only argument
                link.sendto(line.encode(), self._address)
