"""Attack tests A1-A10: code that sees only what a reader sees.

Each has a control: the same code on an unprotected twin, where it must succeed. `battery` runs before each release,
`run` over all releases, with keys' traces, files and simulated worlds as well. One module an attack.
"""

from warehouse.audit.results import AttackResult
from warehouse.audit.whole import Evidence, run

__all__ = ["AttackResult", "Evidence", "run"]
