"""Runs a function right after a module was imported, by any importer.

Imports nothing of the package: `sitecustomize.py` loads this file by its path, so that programs which never import the
module do not load the package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Action = Callable[[ModuleType], None]


class _WatchedLoader(Loader):
    """A module's own loader, which notifies the watcher after the import."""

    def __init__(self, loader: Loader, watcher: _Watcher) -> None:
        self._loader = loader
        self._watcher = watcher

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # The module sees its original loader.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._watcher.imported(module)


class _Watcher(MetaPathFinder):
    """First on ``sys.meta_path``: the other finders find modules; it wraps the loaders of those that are awaited."""

    def __init__(self) -> None:
        self._awaited: dict[str, Action] = {}

    def await_module(self, name: str, action: Action) -> None:
        self._awaited[name] = action
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def forget(self, name: str) -> None:
        self._awaited.pop(name, None)
        if not self._awaited and self in sys.meta_path:
            sys.meta_path.remove(self)

    def imported(self, module: ModuleType) -> None:
        action = self._awaited.get(module.__name__)
        self.forget(module.__name__)
        if action is not None:
            action(module)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname not in self._awaited:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _WatchedLoader(spec.loader, self)
                return spec
        return None


_watcher = _Watcher()


def after_import(name: str, action: Action) -> None:
    """Calls ``action(module)`` once: now if the module ``name`` is already imported, otherwise after its import.

    The import raises what the action raises. A second action for the same module replaces the first.
    """
    module = sys.modules.get(name)
    if module is not None:
        action(module)
    else:
        _watcher.await_module(name, action)


def forget_import(name: str) -> None:
    """Cancels `after_import` for a module that is not imported yet."""
    _watcher.forget(name)
