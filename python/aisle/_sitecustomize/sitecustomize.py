"""Run by Python at start-up, in a program started by ``python -m aisle.run``, and in all its children.

``AISLE_PATCH=aistore``: AIStore's SDK is patched as soon as it is imported; empty or not set: no effect. The user's own
sitecustomize is run afterwards, as usual.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location

_HERE = os.path.dirname(os.path.abspath(__file__))


def _patch_sdk(_module: object) -> None:
    try:
        import aisle.aistore
    except ImportError as why:
        import warnings

        warnings.warn(
            f"AISLE_PATCH is set, but Aisle cannot be imported here, so AIStore's SDK is not patched: {why}",
            RuntimeWarning,
            stacklevel=1,
        )
        return
    aisle.aistore.patch()


def _begin() -> None:
    wanted = os.environ.get("AISLE_PATCH", "")
    if not wanted:
        return
    if wanted != "aistore":
        print(f'AISLE_PATCH is "{wanted}", but Aisle only supports "aistore": nothing is patched', file=sys.stderr)
        return
    file = os.path.join(os.path.dirname(_HERE), "_sdk", "after_import.py")
    spec = spec_from_file_location("_aisle_after_import", file)
    assert spec is not None and spec.loader is not None
    watch = module_from_spec(spec)
    spec.loader.exec_module(watch)
    watch.after_import("aistore.sdk.batch.batch", _patch_sdk)


def _run_the_next_one() -> None:
    elsewhere = [folder for folder in sys.path if os.path.abspath(folder) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_begin()
_run_the_next_one()
