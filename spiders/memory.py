"""How much memory a crawl takes: its own, not that of whoever started it."""

from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage

_STATUS = Path("/proc/self/status")


class OwnMemory(MemoryUsage):
    """Scrapy's watch over memory, by what this program itself has taken at most.

    Scrapy asks `getrusage`, to which Linux hands on the peak of the process that started the program: a crawl started by
    a large one would end before it begins.
    """

    def get_virtual_size(self) -> int:
        """Give the peak of resident memory in bytes; Scrapy's own figure where the system does not tell."""
        try:
            lines = _STATUS.read_text(encoding="ascii").splitlines()
        except OSError:
            return super().get_virtual_size()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
