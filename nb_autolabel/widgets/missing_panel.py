"""The tab "Missing": what is missing, what that decides, and a button that computes it in the background."""

from __future__ import annotations

from typing import Any

import traitlets

from ..analyzer.analyzer import Analyzer
from ..computing.catalogue import in_words
from ..computing.plan import lacking_in
from ..computing.running import Run
from ..errors import MessageError
from ..session.background import Background
from ..session.computing import ComputesMissing
from .engine import Engine
from .protocol import request_number
from .refusals import refusal
from .views import View


class MissingPanel(View):
    """Missing values, what they count as, and the labels that depend on them; computes missing metrics.

    The button does what :meth:`LiveLabels.compute_missing` does, in a thread. The labels follow when it is done, between
    two cells.

    Parameters
    ----------
    engine : Engine
    live : LiveLabels
    """

    _kind = traitlets.Unicode("missing_values").tag(sync=True)

    _computing = traitlets.Dict().tag(sync=True)
    """``lacking`` metrics, in words; ``running``; ``said``; ``failed``; ``done`` and ``total`` steps."""

    def __init__(self, engine: Engine, live: ComputesMissing) -> None:
        self._live = live
        self._background: Background | None = None
        super().__init__(engine)
        self._show()
        live.observe(self._on_analyzer, names="analyzer")
        self.on_msg(self._on_message)

    @property
    def background(self) -> Background | None:
        """What is computed at the moment."""
        return self._background

    def _show(
        self, said: str = "", *, failed: bool = False, running: bool = True, done: int = 0, total: int = 0
    ) -> None:
        self._computing = {
            "lacking": _lacking_in_words(self._live),
            "running": running and self._background is not None,
            "said": said,
            "failed": failed,
            "done": done,
            "total": total,
        }

    def _on_analyzer(self, change: Any) -> None:
        del change
        if self._background is None:
            self._show()

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        answer: dict[str, Any] = {}
        try:
            self.ask(_checked(content))
        except Exception as error:
            answer = {"said": refusal(error), "error": True}
        self.send({"request": request_number(content), **answer})

    def ask(self, do: str) -> None:
        """Begin computing what is missing, or stop it.

        Parameters
        ----------
        do : {"compute", "cancel"}

        Raises
        ------
        MessageError
            If it is computed already.
        MissingDependencyError, RecordingError, UnknownFormatError
        """
        if do == "cancel":
            self.stop()
            return
        if self._background is not None:
            raise MessageError("the missing metrics are being computed already.")
        run = self._live.prepare_missing()
        if not run.plan.computations:
            self._show(run.plan.left_out_in_words() or "Nothing is missing.")
            return
        before = self._live.analyzer
        self._background = Background(
            run, self._on_step, lambda made, error: self._on_end(run, before, made, error)
        )
        self._show("Reading units and spikes", done=0, total=len(run.plan.steps) + 1)
        self._background.start()

    def stop(self) -> None:
        """Stop what is computed, before its next step."""
        if self._background is not None:
            self._background.cancel()
            self._show(
                "Cancelled; the step that has begun is finished first.",
                done=self._computing["done"],
                total=self._computing["total"],
            )

    def close(self) -> None:
        """Remove the view, and stop what it computes."""
        background = self.__dict__.get("_background")
        if background is not None:
            background.cancel()
        super().close()

    def _on_step(self, step: str, done: int, total: int) -> None:
        if self._background is not None and step and self.comm is not None:
            self._show(f"Computing {step} ({done} of {total})", done=done, total=total)

    def _on_end(self, run: Run, before: Analyzer, made: Analyzer | None, error: Exception | None) -> None:
        said, failed = "Cancelled: nothing was changed.", False
        try:
            if error is not None:
                raise error
            if made is not None and self.comm is not None:
                if self._live.analyzer is not before:
                    raise MessageError("other metrics were computed meanwhile; these were left out.")
                self._live.take_metrics(made)
                said = _done_in_words(run)
        except Exception as raised:
            said, failed = refusal(raised), True
        if self.comm is not None:  # not closed meanwhile
            self._show(said, failed=failed, running=False)
        self._background = None


def _lacking_in_words(live: ComputesMissing) -> str:
    """Return the metrics that are missing; empty if there are none, or nothing to compute them from."""
    names = [] if live.analyzer.only_metrics else lacking_in(live.session.table)
    return in_words(names) if names else ""


def _done_in_words(run: Run) -> str:
    failed = "; ".join(f"{name} ({why})" for name, why in run.failed.items())
    parts = [
        f"{len(run.plan.columns)} metrics were computed with SpikeInterface {run.version}. labeler.analyzer has them; "
        "save_as keeps them.",
        f"SpikeInterface could not compute: {failed}." if failed else "",
        run.plan.left_out_in_words(),
    ]
    return " ".join(filter(None, parts))


def _checked(content: Any) -> str:
    """Return what is asked for.

    Raises
    ------
    MessageError
    """
    if not isinstance(content, dict) or content.get("do") not in ("compute", "cancel"):
        raise MessageError("this panel computes or cancels; the message asks for neither.")
    do: str = content["do"]
    return do
