"""No host has a name any more: the machine's own resolver finds none, for this process and those that it starts."""

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

_NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
_FILES = {"/etc/hosts": "", "/etc/nsswitch.conf": "hosts: files\n"}


def forget() -> None:
    """Put empty files before those that the resolver reads, in a room of mounts that only this process sees.

    Raises:
        OSError: the machine does not let us.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "no mounts of our own")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for name, content in _FILES.items():
        with tempfile.NamedTemporaryFile("w", suffix=Path(name).name) as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            file.flush()
            subprocess.run(["mount", "--bind", file.name, name], check=True)


def can_be_forgotten() -> bool:
    """Tell whether this machine lets us."""
    tried = [sys.executable, "-P", __file__]
    return "gaierror" in subprocess.run(tried, capture_output=True, text=True, check=False).stderr


if __name__ == "__main__":
    forget()
    socket.gethostbyname("localhost")
