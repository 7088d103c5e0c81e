"""The peers' modules are no package: they import each other by name, in tests and in their own processes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
