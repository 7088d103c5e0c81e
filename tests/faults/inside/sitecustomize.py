"""Read by Python as it starts, in the crawler's helper: whoever asks by FAULT_CRAWL gets a tracer in the first crawl.

So a crawl's own process can be killed at a chosen point, without a hook in the product.
"""

import json
import os
import sys

if order := os.environ.get("FAULT_CRAWL"):
    chosen = json.loads(order)
    sys.path[:0] = chosen["path"]

    def begin() -> None:
        """Trace the first crawl that the helper forks, and no other."""
        if not chosen.pop("is_first", False):
            return
        import acting

        acting.trace_a_crawl(chosen)

    def after() -> None:
        """The helper has forked: the next crawl is not the first."""
        chosen.pop("is_first", None)

    os.register_at_fork(after_in_child=begin, after_in_parent=after)
