"""Protection of figures: pure functions from estimates to what may be published (PRIVACY P9-P10).

`gate.protect` is the one function through which every figure leaves; the other modules are its parts. Open data, which are
drawn once and for good, leave by `open_figures.figures_of`. Nothing here reads a database, a clock or a file.
"""
