"""Passes the engines' log events to `logging.getLogger("aisle")`, on the consumer's threads."""

from __future__ import annotations

from . import _aisle

_DEBUG, _INFO, _WARNING, _ERROR, _OFF = range(5)  # the engine's levels


def set_level(engine: _aisle.Engine) -> None:
    """Sets the engine's level to the logger's. Without a handler of the program nothing is shown."""
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
    """Logs the engine's events since the last call. Records have them as `aisle_event` and `aisle_fields`."""
    import logging

    levels = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)
    logger = logging.getLogger("aisle")
    for level, event, fields in engine.take_log():
        if event == "entry.failed" and fields.get("why") == "the batch was cancelled":
            continue  # the program cancelled it
        text = " ".join(f"{k}={v}" for k, v in fields.items())
        logger.log(levels[level], "%s %s", event, text, extra={"aisle_event": event, "aisle_fields": fields})


def end(engine: _aisle.Engine) -> None:
    """The last call of drain(): later events, of requests that end with the client, are dropped."""
    drain(engine)
    engine.set_log_level(_OFF)
