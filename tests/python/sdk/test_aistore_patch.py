"""patch() and unpatch(), and a program that knows nothing of them."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("aistore", reason="the AIStore SDK is not installed")
import aistore.sdk.batch.batch as sdk_module
import aistore.sdk.client
from aistore.sdk import Client

import aisle.aistore

SDK = sdk_module.Batch


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    aisle.aistore.unpatch()
    aisle.aistore.Batch.samples = "bytes"


def made():
    return type(Client("http://localhost:1").batch())


def test_patch_and_unpatch_may_be_repeated():
    for _ in range(2):
        aisle.aistore.patch()
        aisle.aistore.patch()
        assert made() is aisle.aistore.Batch and sdk_module.Batch is aisle.aistore.Batch
        assert aistore.sdk.Batch is aisle.aistore.Batch
        aisle.aistore.unpatch()
        aisle.aistore.unpatch()
        assert made() is SDK and sdk_module.Batch is SDK and aistore.sdk.Batch is SDK


def test_samples_are_chosen_by_patch():
    aisle.aistore.patch(samples="view")
    assert Client("http://localhost:1").batch().samples == "view"
    aisle.aistore.patch()
    assert Client("http://localhost:1").batch().samples == "bytes"
    with pytest.raises(ValueError, match="samples"):
        aisle.aistore.patch(samples="arrays")


def test_a_batch_of_the_patched_sdk_is_one_of_the_sdks():
    aisle.aistore.patch()
    assert issubclass(made(), SDK)


def test_importing_the_drop_in_changes_nothing():
    program = """
        import aisle.aistore
        from aistore.sdk import Client
        import aistore.sdk.batch.batch as b
        assert type(Client("http://localhost:1").batch()) is b.Batch and b.Batch is not aisle.aistore.Batch
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=180)


def test_aisle_by_itself_imports_neither_the_sdk_nor_what_it_needs():
    program = """
        import sys, aisle
        aisle.Client("http://localhost:1").batch(["a"], bucket="b")
        assert not {"aistore", "requests", "pydantic", "numpy", "torch"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=180)
