"""docs/python/quickstart.ipynb, run in a kernel against the playground that it starts."""

from __future__ import annotations

import os
import sys

import pytest

from serving import AISLE, ROOT

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")
import nbformat  # noqa: E402

NOTEBOOK = ROOT / "docs/python/quickstart.ipynb"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # The kernel is this interpreter, with the package that is tested and without the user's settings.
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        patch.setenv("AISLE_BIN", AISLE)
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        it = nbformat.read(NOTEBOOK, as_version=4)
        nbclient.NotebookClient(it, timeout=180, kernel_name="python3").execute(cwd=str(ROOT))
    return it


def printed(cell):
    return "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")


def test_the_notebook_is_stored_without_outputs():
    assert all(not cell.get("outputs") for cell in nbformat.read(NOTEBOOK, as_version=4).cells)


def test_every_cell_prints_what_it_should(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    out = [text for text in map(printed, cells) if text]
    assert out[:6] == [
        "500 ['img/0000.jpg', 'img/0001.jpg']\n['', '0.txt', '1.txt', '2.txt', '3.txt', '4.txt', '5.txt', '6.txt', "
        "'7.txt', '8.txt', '9.txt']\n",
        f"{4 * 500 * 501 // 2}\n",
        "img/0002.jpg 12 b'JPEG' [74 80 69 71]\n",
        out[3],
        "img/0001.jpg delivered 8\nno-such-object missing NotFound\nimg/0002.jpg delivered 12\n",
        "img/0001.jpg  None 8\nimg/0002.jpg  None 12\nshard.tar 7.txt b'mine' 5\n",
    ]
    first, entries, summary = out[3].splitlines()
    assert (first, entries) == ("[b'text3', b'PE']", "<aisle.Entries, 510 entries>")
    assert "delivered=510, missing=0, failed=0" in summary
    assert out[6] == "500\n" and " samples by " in out[7] and len(out) == 8


def test_nothing_is_printed_to_stderr(notebook):
    said = [out.text for cell in notebook.cells for out in cell.get("outputs", ()) if out.get("name") == "stderr"]
    assert said == []
