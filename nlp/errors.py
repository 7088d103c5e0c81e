"""What can go wrong while reading; no message ever holds text, a name or a number."""


class ReadingError(Exception):
    """Root of this room's errors; `exit_code` is what the command line ends with."""

    exit_code = 1


class BadLine(ReadingError):
    """A line of the input file is not a listing."""

    exit_code = 2

    def __init__(self, line_number: int, reason: str) -> None:
        self.line_number = line_number
        self.reason = reason
        super().__init__(
            f"Line {line_number} cannot be read ({reason}). "
            'Give one JSON object a line with the strings "id", "title", "body" and, if known, "place".'
        )


class DataFileBroken(ReadingError):
    """A word list or gazetteer file does not have the columns or values it must have."""

    def __init__(self, file_name: str, reason: str) -> None:
        self.file_name = file_name
        self.reason = reason
        super().__init__(f"Data file {file_name} is broken ({reason}). Restore it from the repository.")
