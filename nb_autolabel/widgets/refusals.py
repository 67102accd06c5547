"""What is said and logged when something that the browser asked for was not done."""

from __future__ import annotations

import logging

from ..errors import AutolabelError

_LOG = logging.getLogger(__name__)


def refusal(error: Exception) -> str:
    """Log an error and return what to say of it where it is seen.

    A foreseen error is said in its own words. Any other one is logged with its traceback, and said with its type.

    Parameters
    ----------
    error : Exception
        Raised while a message of the browser was carried out, and caught.
    """
    if isinstance(error, AutolabelError):
        _LOG.warning("a message of the browser was refused: %s", error)
        return str(error)
    _LOG.error("a message of the browser could not be carried out", exc_info=error)
    return f"{type(error).__name__}: {error}"
