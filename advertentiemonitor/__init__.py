"""The front door: command line, settings, and the wiring of the rooms."""

from importlib.metadata import version

__version__ = version("advertentiemonitor")
