"""Released figures as files: for a spreadsheet, for programs, and whole."""
