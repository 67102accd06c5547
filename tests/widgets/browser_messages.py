"""Messages as the browser sends them; see docs/protocol.md."""

from itertools import count

_NUMBERS = count(1)


def message(engine, kind, **parts):
    """Return a message with everything that its type needs; what is not given is empty."""
    usual = {
        "set": {"revision": engine._revision, "limits": {}, "missing": {}, "gesture": ""},
        "label": {"note": ""},
    }
    return {"type": kind, "client": "test", "id": next(_NUMBERS), **usual.get(kind, {}), **parts}


def tell(engine, kind, **parts):
    """Send a message, and hold that it is acknowledged."""
    sent = message(engine, kind, **parts)
    engine._handle_custom_msg(sent, [])
    assert engine._acknowledged == [sent["client"], sent["id"]]


def label(engine, units, label, note=""):
    """Label units by hand, by their positions."""
    tell(engine, "label", units=[engine.shown_ids[at] for at in units], label=label, note=note)
