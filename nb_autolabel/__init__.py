"""Label spike-sorted units in Jupyter: thresholds, Bombcell, and live widgets.

Everything public is reachable from here; heavy packages load on first use.
"""

import lazy_loader as _lazy

from ._version import __version__ as __version__

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
