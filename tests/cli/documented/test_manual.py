"""Help texts, completions and man pages, which are generated from the same definitions."""

import re
import shutil
import subprocess

import pytest
from conftest import AISLE, run

COMMANDS = ["get", "ls", "put", "check", "bench", "stress", "serve", "completions", "man"]


def options_of(command):
    text = run(command, "--help").stdout.decode()
    return sorted(set(re.findall(r"^  (?:-h,)?(--[a-z0-9-]+)", text, re.M)))


def completed(*words):
    """What bash completes the last word with."""
    script = (f'source <("$0" completions bash); COMP_WORDS=({" ".join(repr(w) for w in words)}); '
              f"COMP_CWORD={len(words) - 1}; _aisle; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-c", script, AISLE], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_help_fits_120_columns():
    for command in COMMANDS:
        for line in run(command, "--help").stdout.decode().splitlines():
            assert len(line) <= 120, (command, line)
    text = run("get", "--help").stdout.decode()
    assert "--mode stream|multipart" in text and "(default: stream)" in text and "{" not in text.split("Input lines")[0]


def test_bash_completes_commands_and_options():
    assert completed("aisle", "")[:len(COMMANDS)] == COMMANDS
    assert completed("aisle", "be") == ["bench"]
    for command in COMMANDS:
        assert set(options_of(command)) <= set(completed("aisle", command, "--")), command


def test_bash_completes_values(tmp_path):
    assert completed("aisle", "get", "--mode", "") == ["stream", "multipart"]
    assert completed("aisle", "get", "--in-flight", "") == ["auto"]
    assert completed("aisle", "get", "--deadline", "") == []
    assert completed("aisle", "completions", "") == ["bash", "zsh", "fish"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    assert set(completed("aisle", "get", "--report", f"{tmp_path}/")) == {f"{tmp_path}/file", f"{tmp_path}/folder"}
    assert completed("aisle", "get", "--out", f"{tmp_path}/") == [f"{tmp_path}/folder"]
    assert set(completed("aisle", "put", f"{tmp_path}/f")) == {f"{tmp_path}/file", f"{tmp_path}/folder"}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_all_options(shell, tmp_path):
    script = run("completions", shell).stdout.decode()
    for command in COMMANDS:
        assert command in script
        for option in options_of(command):
            assert (option if shell == "zsh" else f"-l {option[2:]} ") in script, option
    (tmp_path / "script").write_text(script)
    if program := shutil.which(shell):
        done = subprocess.run([program, "-n", tmp_path / "script"], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_shell_is_a_usage_error():
    assert run("completions").returncode == 2
    assert run("completions", "csh").returncode == 2
    assert run("man", "fetch").returncode == 2


def test_man_pages_have_every_option(tmp_path):
    for command in [None, *COMMANDS]:
        page = run("man", *([command] if command else [])).stdout.decode()
        assert page.startswith(".TH AISLE" + (f"-{command.upper()}" if command else "") + " 1 ")
        for section in ("NAME", "SYNOPSIS", "OPTIONS", "SEE ALSO"):
            assert f'.SH "{section}"' in page
        for option in options_of(command) if command else ["--help", "--version"]:
            assert f"\\fB{option.replace('-', chr(92) + '-')}\\fR" in page, (command, option)
        (tmp_path / "page.1").write_text(page)
        if shutil.which("groff"):
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", tmp_path / "page.1"], capture_output=True, text=True)
            assert (done.returncode, done.stderr) == (0, ""), command
            if command:
                text = re.sub(".\b", "", done.stdout)  # bold letters are printed twice
                assert "EXIT STATUS" in text or command in ("serve", "completions", "man", "bench"), command


def test_all_man_pages_are_written_to_a_folder(tmp_path):
    assert run("man", "--all", tmp_path / "man1").returncode == 0
    assert {p.name for p in (tmp_path / "man1").iterdir()} == {"aisle.1", *(f"aisle-{c}.1" for c in COMMANDS)}
    assert (tmp_path / "man1/aisle-get.1").read_bytes() == run("man", "get").stdout


def test_the_man_page_of_get_has_exit_codes_and_examples():
    page = run("man", "get").stdout.decode()
    assert '.SH "EXIT STATUS"' in page and '.SH "EXAMPLES"' in page and '.SH "DESCRIPTION"' in page
