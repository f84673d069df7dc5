"""The Debian packages: their names and dependencies, and that programs can be built and run with their files."""

import pytest

from conftest import BUILD, HERE, SOVERSION, VERSION, needs, run


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Name -> file of each package."""
    needs("dpkg-deb", "dpkg-shlibdeps", "file")  # cpack uses the last two
    made = tmp_path_factory.mktemp("packages")
    run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", made,
        # The fastest compression: these packages are only tested.
        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip")
    return {run("dpkg-deb", "-f", file, "Package").strip(): file for file in made.glob("*.deb")}


def test_names_and_dependencies(packages):
    assert set(packages) == {f"libaisle{SOVERSION}", "libaisle-dev", "aisle"}
    depends = {name: run("dpkg-deb", "-f", file, "Depends").strip() for name, file in packages.items()}
    assert f"libaisle{SOVERSION} (= {VERSION})" in depends["libaisle-dev"]
    assert "libssl" in depends[f"libaisle{SOVERSION}"] and "libssl" in depends["aisle"]
    assert "libaisle" not in depends["aisle"]


def test_unpacked(packages, endpoint, tmp_path):
    needs("pkg-config", "make")
    for file in packages.values():
        run("dpkg-deb", "-x", file, tmp_path / "root")
    root = tmp_path / "root/usr"
    assert run(root / "bin/aisle", "--version") == f"aisle {VERSION}\n"
    assert (root / "share/man/man1/aisle.1").exists()
    assert (root / "share/doc/aisle/copyright").exists()
    library_dir = next(root.rglob("libaisle.so")).parent
    run("make", "-f", HERE / "c/Makefile", cwd=tmp_path, PKG_CONFIG_PATH=str(library_dir / "pkgconfig"))
    said = run(tmp_path / "fetch", AIS_ENDPOINT=endpoint, LD_LIBRARY_PATH=str(library_dir))
    assert said.startswith(f"aisle {VERSION}\n") and "polled 20, 20 delivered" in said
