"""Line magics, after ``%load_ext nb_autolabel``: ``%select_units`` and ``%autolabel_code``."""

from __future__ import annotations

import argparse
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

from .errors import AutolabelError
from .export.code import checked_name


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as IPython does, instead of leaving Python."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage()}")


def _parser(name: str, usage: str, about: str) -> _Parser:
    parser = _Parser(prog=f"%{name}", usage=usage, description=about, add_help=False)
    parser.add_argument("-h", "--help", action="store_true", help="show this")
    parser.add_argument("labeler", nargs="?", help="a labeler of this notebook")
    return parser


@magics_class
class AutolabelMagics(Magics):  # type: ignore[misc]
    """Line magics of nb_autolabel."""

    @line_magic  # type: ignore[untyped-decorator]
    def select_units(self, line: str) -> None:
        """Make a variable with the units that a labeler keeps: ``%select_units clean = labeler --drop noise``.

        ``--keep LABEL ...`` or ``--drop LABEL ...`` says which; ``--help`` shows this.
        """
        parser = _parser(
            "select_units",
            "%select_units NAME = LABELER (--keep LABEL ... | --drop LABEL ...)",
            "Make a variable with the units that a labeler keeps.",
        )
        parser.add_argument("--keep", nargs="+", metavar="LABEL", help="labels to keep")
        parser.add_argument("--drop", nargs="+", metavar="LABEL", help="labels to leave out")
        name, _, rest = line.partition("=")
        if "--help" in line.split() or "-h" in line.split():
            print(parser.format_help())
            return
        if not rest:
            parser.error("NAME = is missing")
        options = parser.parse_args(shlex.split(rest))
        try:
            checked_name(name.strip())
            made = self._labeler(parser, options.labeler).select_units(keep=options.keep, drop=options.drop)
        except AutolabelError as error:
            raise UsageError(str(error)) from error
        self.shell.user_ns[name.strip()] = made
        print(f"{name.strip()}: {made.get_num_units()} units")

    @line_magic  # type: ignore[untyped-decorator]
    def autolabel_code(self, line: str) -> None:
        """Insert a cell with code that gives a labeler's labels without any widget: ``%autolabel_code labeler``.

        ``--keep`` or ``--drop`` adds the selection of units, ``--name`` its variable; ``--help`` shows this.
        """
        parser = _parser(
            "autolabel_code",
            "%autolabel_code LABELER [--keep LABEL ... | --drop LABEL ...] [--name NAME]",
            "Insert a cell with code that gives the labels without any widget.",
        )
        parser.add_argument("--keep", nargs="+", metavar="LABEL", help="labels to keep")
        parser.add_argument("--drop", nargs="+", metavar="LABEL", help="labels to leave out")
        parser.add_argument("--name", default="clean", help="variable with the kept units")
        options = parser.parse_args(shlex.split(line))
        if options.help:
            print(parser.format_help())
            return
        try:
            labeler = self._labeler(parser, options.labeler)
            code = labeler.to_code(keep=options.keep, drop=options.drop, variable=options.name)
        except AutolabelError as error:
            raise UsageError(str(error)) from error
        self.shell.set_next_input(code)

    def _labeler(self, parser: _Parser, name: str | None) -> Any:
        if not name:
            parser.error("LABELER is missing")
        labeler = self.shell.user_ns.get(name)
        if not hasattr(labeler, "to_code"):
            parser.error(f"{name} is not a labeler of this notebook")
        return labeler


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics; called by ``%load_ext nb_autolabel``.

    Parameters
    ----------
    ipython : IPython.core.interactiveshell.InteractiveShell
    """
    ipython.register_magics(AutolabelMagics)
