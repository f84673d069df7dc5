"""``python -m aisle.run``: programs that know nothing of Aisle, and their children."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

import aisle.run

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")

WHICH = """
import sys
from aistore.sdk import Client
print(type(Client("http://localhost:1").batch()).__module__, *sys.argv[1:])
"""
OURS, SDKS = "aisle.aistore", "aistore.sdk.batch.batch"


def python(*arguments, **variables):
    # What is on this process's path, such as a package that is not installed, is to be on the children's.
    before = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **os.environ} | variables
    done = subprocess.run([sys.executable, *arguments], env=before, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(WHICH)
    return str(path)


def test_a_script_with_its_arguments(program):
    assert python(program, "a").stdout == f"{SDKS} a\n"
    done = python("-m", "aisle.run", program, "a", "-m", "b c")
    assert (done.stdout, done.stderr) == (f"{OURS} a -m b c\n", "")


def test_a_module_and_a_command(program, tmp_path):
    found = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    assert python("-m", "aisle.run", "-m", "program", "x", PYTHONPATH=found).stdout == f"{OURS} x\n"
    assert python("-m", "aisle.run", "-c", WHICH).stdout == f"{OURS}\n"


def test_pythons_options_are_kept():
    done = python(
        "-X", "dev", "-W", "error", "-m", "aisle.run", "-c", "import sys; print(sys.flags.dev_mode, sys.warnoptions)"
    )
    assert done.stdout == "True ['default', 'error']\n" and done.stderr == ""


def test_the_variable_turns_it_off(program):
    found = os.pathsep.join([aisle.run.FOLDER, *filter(None, sys.path)])
    assert python(program, AISLE_PATCH="aistore", PYTHONPATH=found).stdout == f"{OURS}\n"
    assert python(program, AISLE_PATCH="", PYTHONPATH=found).stdout == f"{SDKS}\n"
    done = python(program, AISLE_PATCH="aistroe", PYTHONPATH=found)
    assert done.stdout == f"{SDKS}\n" and "aistroe" in done.stderr


def test_the_folder_is_printed():
    folder = python("-m", "aisle.run", "--path").stdout.strip()
    assert folder == aisle.run.FOLDER and os.path.exists(os.path.join(folder, "sitecustomize.py"))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_have_it_however_they_are_started(tmp_path, method):
    path = tmp_path / "parent.py"
    path.write_text(
        textwrap.dedent(f"""
        import multiprocessing, subprocess, sys

        def which():
            from aistore.sdk import Client
            print(type(Client("http://localhost:1").batch()).__module__, flush=True)

        if __name__ == "__main__":
            child = multiprocessing.get_context("{method}").Process(target=which)
            child.start()
            child.join()
            subprocess.run([sys.executable, "-c", "import parent; parent.which()"], cwd={str(tmp_path)!r}, check=True)
            sys.exit(child.exitcode)
    """)
    )
    assert python("-m", "aisle.run", str(path)).stdout == f"{OURS}\n{OURS}\n"


def test_a_sitecustomize_of_the_users_own_is_run_too(program, tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import sys\nsys.theirs = __file__\n")
    found = os.pathsep.join([str(folder), *filter(None, sys.path)])
    source = WHICH + "import sitecustomize\nprint(sys.theirs == sitecustomize.__file__)\n"
    assert python("-m", "aisle.run", "-c", source, PYTHONPATH=found).stdout == f"{OURS}\nTrue\n"


def test_nothing_is_imported_before_the_sdk_is():
    source = "import sys; print([m for m in sys.modules if m.startswith(('aisle', 'aistore'))])"
    assert python("-m", "aisle.run", "-c", source).stdout == "[]\n"


def test_the_sdk_looks_as_if_it_had_been_imported_without_us():
    source = (
        "import aistore.sdk.batch.batch as b, inspect, importlib.machinery as m, sys; "
        "print(type(b.__loader__) is m.SourceFileLoader, b.__spec__.loader is b.__loader__, "
        "len(inspect.getsource(b)) > 1000, len([f for f in sys.meta_path if 'Watcher' in type(f).__name__]))"
    )
    # One watcher is left: that of the dataset, which has not been imported.
    assert python("-m", "aisle.run", "-c", source).stdout == "True True True 1\n"


def test_a_python_without_aisle_goes_on_and_says_so(program, tmp_path):
    broken = tmp_path / "broken" / "aisle"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no Aisle here')")
    found = os.pathsep.join([aisle.run.FOLDER, str(broken.parent), *filter(None, sys.path)])
    done = python(program, AISLE_PATCH="aistore", PYTHONPATH=found)
    assert done.stdout == f"{SDKS}\n" and "no Aisle here" in done.stderr


def test_nothing_to_run_is_an_error():
    done = subprocess.run(
        [sys.executable, "-m", "aisle.run"],
        capture_output=True,
        text=True,
        timeout=180,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **os.environ},
    )
    assert done.returncode == 2 and "usage" in done.stderr
