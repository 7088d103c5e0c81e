"""Other places for keys than files: the environment, or a program such as the client of a vault.

Keys go by the names of the files: `spool`, `record`, `pseudonym-E0003`. Their text form is 64 hexadecimal digits.
"""

import contextlib
import os
import re
import resource
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from warehouse.calendar import epoch_start
from warehouse.errors import KeyInUse, KeyProviderFailed, MissingKey, WrongUse
from warehouse.keys import KEY_BYTES, FileKeys, KeyProvider, PseudonymKeys

PREFIX = "ADVERTENTIEMONITOR_KEY_"
PROGRAM_SECONDS = 30
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_PSEUDONYM = re.compile(r"pseudonym-(E[0-9]{4}[a-z]?)")


def provider(where: str, folder: Path) -> KeyProvider:
    """Give the provider that a setting names.

    Args:
        where: `file`, `environment`, or `command:` and a program with its first arguments.
        folder: of the key files, and of the marks of keys that were destroyed.

    Raises:
        WrongUse: it names none of these, or its program is not written as in a shell.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not leave keys on disk
    if where == "file":
        return FileKeys(folder)
    if where == "environment":
        return EnvironmentKeys()
    if where.startswith("command:"):
        with contextlib.suppress(ValueError):  # a quotation that is not closed
            if program := shlex.split(where.removeprefix("command:")):
                return CommandKeys(program)
    raise WrongUse("Keys come from `file`, `environment` or `command:PROGRAM`, the last written as in a shell")


def without_keys(environment: Mapping[str, str], *kept: str) -> dict[str, str]:
    """Give an environment for a program that may see only these keys, by name; a process hands on all it has (DESIGN 4)."""
    allowed = {_variable(name) for name in kept}
    return {name: value for name, value in environment.items() if not name.startswith(PREFIX) or name in allowed}


class _NamedKeys:
    """What providers share that know a key by its name."""

    def spool(self) -> bytes:
        """Key of the encrypted files of the collection domain.

        Raises:
            MissingKey, KeyProviderFailed: see there.
        """
        return self._get("spool")

    def record(self) -> bytes:
        """Key of the releaser's noise."""
        return self._get("record")

    def pseudonyms(self, epoch: str) -> PseudonymKeys:
        """Pseudonym keys of an epoch."""
        epoch_start(epoch)
        return PseudonymKeys(self._get(f"pseudonym-{epoch}"), epoch)

    def epochs(self) -> tuple[str, ...]:
        """Epochs whose key is there, oldest first."""
        found = (_PSEUDONYM.fullmatch(name) for name in self._names())
        return tuple(sorted(match[1] for match in found if match))

    def destroyed(self) -> tuple[str, ...]:
        """Epochs that the provider knows to have been destroyed: none; the database knows (`core.epoch`)."""
        return ()

    def _get(self, name: str) -> bytes:
        raise NotImplementedError

    def _names(self) -> list[str]:
        raise NotImplementedError


class EnvironmentKeys(_NamedKeys):
    """Keys in variables such as ADVERTENTIEMONITOR_KEY_PSEUDONYM_E0003, set by whoever starts the program.

    A process cannot change the environment that it was started from: keys are made and destroyed there.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def __repr__(self) -> str:
        """Show no key."""
        return "EnvironmentKeys()"

    def ensure_epoch(self, epoch: str) -> PseudonymKeys:
        """Give the keys of an epoch.

        Raises:
            MissingKey: its variable is not set.
        """
        return self.pseudonyms(epoch)

    def destroy(self, epoch: str) -> None:
        """See that the key of an epoch is gone.

        Raises:
            KeyInUse: its variable is still set.
        """
        name = _variable(f"pseudonym-{epoch}")
        if name in self._environment:
            raise KeyInUse(epoch, f"is still in the environment, as {name}", "Remove it there, then run this again.")

    def _get(self, name: str) -> bytes:
        text = self._environment.get(_variable(name))
        if text is None:
            raise MissingKey(_variable(name))
        return _key(_variable(name), text)

    def _names(self) -> list[str]:
        names = (name.removeprefix(PREFIX) for name in self._environment if name.startswith(PREFIX))
        return [name.replace("PSEUDONYM_", "pseudonym-") for name in names]


def _variable(name: str) -> str:
    return PREFIX + name.replace("pseudonym-", "PSEUDONYM_") if "-" in name else PREFIX + name.upper()


class CommandKeys(_NamedKeys):
    """Keys from a program, for a vault: PROGRAM get NAME | make NAME | destroy NAME | list.

    It prints the key (get, make) or names, one a line (list), and ends with 0; `get` ends with 4 where there is no such
    key. `make` of a key that exists gives the one that exists.
    """

    def __init__(self, program: list[str]) -> None:
        self._program = program

    def __repr__(self) -> str:
        """Show the program only."""
        return f"CommandKeys({self._program[0]!r})"

    def ensure_epoch(self, epoch: str) -> PseudonymKeys:
        """Give the keys of an epoch, made now if it never had any."""
        name = f"pseudonym-{epoch}"
        epoch_start(epoch)
        return PseudonymKeys(_key(name, self._run("make", name)), epoch)

    def destroy(self, epoch: str) -> None:
        """Destroy the key of an epoch for good."""
        self._run("destroy", f"pseudonym-{epoch}")

    def _get(self, name: str) -> bytes:
        return _key(name, self._run("get", name))

    def _names(self) -> list[str]:
        return self._run("list").split()

    def _run(self, *arguments: str) -> str:
        name = arguments[-1]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own program
                [*self._program, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PROGRAM_SECONDS,
                check=False,
                text=True,
            )
        except subprocess.TimeoutExpired:
            how = f"the program did not answer in {PROGRAM_SECONDS} seconds"
            raise KeyProviderFailed(name, how, "See whether the vault can be reached.") from None
        except (OSError, UnicodeDecodeError):
            raise KeyProviderFailed(name, "the program cannot be run", "Look at ADVERTENTIEMONITOR_KEYS.") from None
        if arguments[0] == "get" and done.returncode == 4:
            raise MissingKey(name)
        if done.returncode != 0:
            how = f"the program ended with {done.returncode}"
            raise KeyProviderFailed(name, how, "Run it by hand to see why; what it printed is not repeated here.")
        return done.stdout


def _key(name: str, text: str) -> bytes:
    if not _HEX.fullmatch(text.strip()):
        raise KeyProviderFailed(name, f"it is not written as {2 * KEY_BYTES} hexadecimal digits", "Write it so.")
    return bytes.fromhex(text.strip())
