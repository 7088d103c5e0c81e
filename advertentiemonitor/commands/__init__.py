"""The command line, one module a group. Nothing heavy is imported before a command runs: `--help` must be quick."""
