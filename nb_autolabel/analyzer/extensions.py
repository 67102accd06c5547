"""The extensions of an analyzer and the metrics in them."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import MissingExtensionError, is_one_of, listing, suggestion
from .checks import indexed
from .description import AnalyzerDescription
from .extension import Extension
from .source import METRIC_EXTENSIONS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METRIC_EXTENSIONS", "AnalyzerExtensions"]


class AnalyzerExtensions(AnalyzerDescription):
    """The part of an :class:`Analyzer` that gives its extensions."""

    @property
    def extension_names(self) -> list[str]:
        """Names of the extensions that can be read."""
        return self._source.extension_names()

    def get_loaded_extension_names(self) -> list[str]:
        """Return the names of the extensions (they load when they are read)."""
        return self.extension_names

    def has_extension(self, extension_name: str) -> bool:
        """Return True if the extension was computed."""
        return is_one_of(extension_name, self.extension_names)

    def get_extension(self, extension_name: str) -> Extension:
        """Return an extension.

        Raises
        ------
        MissingExtensionError
            If it was not computed.
        """
        if not is_one_of(extension_name, self._extensions):
            names = self.extension_names
            if not is_one_of(extension_name, names) and self.only_metrics:
                raise MissingExtensionError(
                    f"{self.only_metrics}; '{extension_name}' needs the analyzer or the Kilosort folder: nbl.load(path).",
                    extension=extension_name,
                )
            if not is_one_of(extension_name, names):
                raise MissingExtensionError(
                    f"this analyzer has no extension '{extension_name}'.{suggestion(extension_name, names)} "
                    f"It has: {listing(names)}. Compute it with SpikeInterface: "
                    f'analyzer.compute("{extension_name}").',
                    extension=extension_name,
                )
            stored = self._source.extension(extension_name)
            self._extensions[extension_name] = Extension(stored, self.get_num_units())
        return self._extensions[extension_name]

    def get_metrics_extension_data(self) -> pd.DataFrame:
        """Return all metrics in one table.

        Quality, template and spike train metrics, in this order; of columns with the same name the
        first counts.

        Returns
        -------
        pandas.DataFrame
            Index: unit ids. No columns if no metrics were computed.
        """
        return self._metrics.copy()

    @cached_property
    def _metrics(self) -> pd.DataFrame:
        import pandas as pd

        frames = []
        for name in METRIC_EXTENSIONS:
            if not self.has_extension(name):
                continue
            extension = self.get_extension(name)
            if "metrics" not in extension.data_names:
                warnings.warn(
                    f"the extension '{name}' of {self.folder or 'this analyzer'} holds no table of metrics that can be "
                    "read; its metrics are left out.",
                    UserWarning,
                    stacklevel=4,
                )
            else:
                frames.append(
                    indexed(extension.get_data("metrics"), self.unit_ids, extension.entry("metrics").where)
                )
        if not frames:
            return pd.DataFrame(index=pd.Index(self.unit_ids))
        joined = pd.concat(frames, axis=1) if len(frames) > 1 else frames[0]
        return joined.loc[:, ~joined.columns.duplicated()]

    @property
    def metric_names(self) -> list[str]:
        """Names of the metrics, in the order of :meth:`get_metrics_extension_data`."""
        return [str(name) for name in self._metrics.columns]
