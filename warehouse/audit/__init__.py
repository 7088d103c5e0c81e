"""Attack tests A1-A10: code that sees only what a reader sees.

Each has a control: the same code on an unprotected twin, where it must succeed.

`warehouse.audit.run` is in `warehouse.audit.battery`; one module an attack.
"""
