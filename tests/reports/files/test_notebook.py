"""examples/analyse.ipynb runs from top to bottom on an export, and gives the outputs that are committed."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from reports.files import export

NOTEBOOK = Path(__file__).parents[3] / "examples/analyse.ipynb"


def cleaned(book: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out what differs between machines and runs."""
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(book.cells, 1):
        cell.id, cell.metadata = f"cel-{number:02}", {}
    return book


@pytest.fixture(scope="module")
def executed(released, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    with released() as conn:
        export.export(conn, folder / "export", notice="Verzonnen markt.")
    book = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}, record_timing=False
    )
    made = folder / "analyse.ipynb"
    made.write_text(nbformat.writes(cleaned(client.execute())) + "\n")
    return made


def test_it_gives_the_committed_outputs(executed):
    """Where it should give others: copy the file that the message names over `examples/analyse.ipynb`."""
    assert executed.read_text() == NOTEBOOK.read_text(), f"compare {executed}"


def test_it_has_figures_tables_and_a_chart():
    book = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(book)
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    assert not [output for output in outputs if output.output_type == "error"]
    assert "image/svg+xml" in kinds
    assert kinds.count("text/html") >= 5


def test_it_holds_nothing_of_a_machine():
    text = NOTEBOOK.read_text()
    for word in ("/home/", "/tmp/", "/root", "/work/", "/usr/", 'execution": {', "iopub"):
        assert word not in text
