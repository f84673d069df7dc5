"""Hands what engines tell to `logging.getLogger("aisle")`, on the consumer's threads."""

from __future__ import annotations

from . import _aisle

_DEBUG, _INFO, _WARNING, _ERROR, _OFF = range(5)  # the engine's levels


def set_level(engine: _aisle.Engine) -> None:
    """The engine tells of no more than the logger takes. Without a handler of the program's nothing is shown."""
    import logging

    logger = logging.getLogger("aisle")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    level = logger.getEffectiveLevel()
    if level <= logging.DEBUG:
        engine.set_log_level(_DEBUG)
    elif level <= logging.INFO:
        engine.set_log_level(_INFO)
    else:
        engine.set_log_level(_WARNING if level <= logging.WARNING else _ERROR)


def drain(engine: _aisle.Engine) -> None:
    """Logs what the engine has told since the last call. A record's `aisle_event` and `aisle_fields` have its parts."""
    import logging

    levels = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)
    logger = logging.getLogger("aisle")
    for level, event, fields in engine.take_log():
        if event == "entry.failed" and fields.get("why") == "the batch was cancelled":
            continue  # the program's own doing
        text = " ".join(f"{k}={v}" for k, v in fields.items())
        logger.log(levels[level], "%s %s", event, text, extra={"aisle_event": event, "aisle_fields": fields})


def end(engine: _aisle.Engine) -> None:
    """The last call of drain(): what ends with the client is no news."""
    drain(engine)
    engine.set_log_level(_OFF)
