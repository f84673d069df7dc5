"""The shared library exports what its headers mark with AISLE_API, and nothing else."""

import re

from conftest import SOVERSION, run

MARKED = re.compile(r"(?:(?:class|struct) AISLE_API (\w+)|AISLE_API [^;{(]*?(operator<<|\w+)\()")
OF_AISLE = re.compile(r"(?:typeinfo (?:name )?for |vtable for )?aisle::(?:detail::)?(operator<<|\w+)(?:::(\w+))?")


def exports(library, *options):
    """What each line of nm names, without its address and type."""
    return [line.split(" ", 2)[2] for line in run("nm", "-D", "--defined-only", *options, library).splitlines()]


def marked(installed):
    """The names of functions and classes that are marked with AISLE_API in the installed headers."""
    text = "".join(header.read_text() for header in (installed / "include").rglob("*.h*"))
    return {name for match in MARKED.findall(text) for name in match if name}


def test_exports_are_the_marked_names(installed, library_dir):
    # A class, a function, or a function of a class.
    found = {match.groups() for line in exports(library_dir / "libaisle.so", "-C") if (match := OF_AISLE.match(line))}
    expected = marked(installed)
    assert found
    assert {names for names in found if not expected & set(names)} == set()


def test_other_exports_are_the_functions_of_the_c_api(installed, library_dir):
    declared = set(re.findall(r"AISLE_API [^;(]*?(\w+)\(", (installed / "include/aisle.h").read_text()))
    exported = {line.split("@")[0] for line in exports(library_dir / "libaisle.so", "-C") if not OF_AISLE.match(line)}
    assert declared and exported - {f"AISLE_{SOVERSION}"} == declared


def test_the_name_and_the_symbols_have_the_version_of_the_abi(library_dir):
    name = re.search(r"SONAME +(\S+)", run("objdump", "-p", library_dir / "libaisle.so"))
    assert name.group(1) == f"libaisle.so.{SOVERSION}"
    unversioned = [line for line in exports(library_dir / "libaisle.so") if not line.endswith(f"@@AISLE_{SOVERSION}")]
    assert unversioned in ([], [f"AISLE_{SOVERSION}"])
