"""Everything that writes, and what may lie where it writes; shared by the tests of foreign targets."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

import nb_autolabel as nbl
from nb_autolabel.classifiers.model_folder import write_model_folder
from nb_autolabel.session.report import Section

from .test_reader_layout import UNITS

LABELS = pd.Series(["good", "mua", "noise"] * 2, index=pd.Index(UNITS))


def few_units() -> nbl.Analyzer:
    """Eight units of the bundled analyzer: a page of all takes seconds."""
    demo = nbl.demo_analyzer()
    return demo.select_units(demo.unit_ids[:8])


@contextmanager
def _short_reports() -> Iterator[None]:
    """Reports of one sentence: what is tried is the writing, and figures take two seconds."""
    short = Section("Summary")
    short.parts.append("Nothing but words.")
    with mock.patch("nb_autolabel.session.report._sections", return_value=[short]):
        yield


class Writers:
    """Everything public that writes, by the name that it writes to."""

    def __init__(self, labeler: Any, source: Path) -> None:
        self.labeler, self.source = labeler, source
        self.analyzer = nbl.load(source)

    def csv(self, path: Path, overwrite: bool) -> Any:
        return nbl.export_labels(LABELS, path, "csv", overwrite=overwrite)

    def wide_csv(self, path: Path, overwrite: bool) -> Any:
        return self.labeler.export(path, "csv", wide=True, overwrite=overwrite)

    def parquet(self, path: Path, overwrite: bool) -> Any:
        return nbl.export_labels(LABELS, path, "parquet", overwrite=overwrite)

    def curation(self, path: Path, overwrite: bool) -> Any:
        return nbl.export_labels(LABELS, path, "curation_json", overwrite=overwrite)

    def thresholds(self, path: Path, overwrite: bool) -> Any:
        return self.labeler.export(path, "thresholds_json", overwrite=overwrite)

    def page(self, path: Path, overwrite: bool) -> Any:
        return self.labeler.save_html(path, overwrite=overwrite)

    def report_html(self, path: Path, overwrite: bool) -> Any:
        with _short_reports():
            return nbl.report(nbl.demo_analyzer(), path, overwrite=overwrite)

    def report_pdf(self, path: Path, overwrite: bool) -> Any:
        return self.report_html(path, overwrite)

    def nwb(self, path: Path, overwrite: bool) -> Any:
        return nbl.export_labels(LABELS, path, "nwb", overwrite=overwrite)

    def zarr(self, path: Path, overwrite: bool) -> Any:
        return self.analyzer.save_as("zarr", path, overwrite=overwrite)

    def binary_folder(self, path: Path, overwrite: bool) -> Any:
        return self.analyzer.save_as("binary_folder", path, overwrite=overwrite)

    def selection(self, path: Path, overwrite: bool) -> Any:
        return self.analyzer.select_units(["u2", "u1"]).save_as("zarr", path, slim=True, overwrite=overwrite)

    def model(self, path: Path, overwrite: bool) -> Any:
        return write_model_folder(path, overwrite, {"fitted": 1}, {"labels": []}, "# a card")


FILES = {
    "csv": "labels.csv",
    "wide_csv": "wide.csv",
    "parquet": "labels.parquet",
    "curation": "curation.json",
    "thresholds": "thresholds.json",
    "page": "labels.html",
    "report_html": "report.html",
    "report_pdf": "report.pdf",
    "nwb": "session.nwb",
}
FOLDERS = {"zarr": "clean.zarr", "binary_folder": "clean", "selection": "few.zarr", "model": "model"}
NAMES = FILES | FOLDERS


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.bin", b"years of work")


def foreign_folder(path: Path) -> None:
    (path / "raw").mkdir(parents=True)
    (path / "raw" / "recording.bin").write_bytes(bytes(range(256)))


def _npy(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.arange(30, dtype="i2"))


FOREIGN: dict[str, Callable[[Path], Any]] = {
    "random bytes": lambda p: p.write_bytes(np.random.default_rng(0).bytes(5000)),
    "raw int16": lambda p: p.write_bytes((np.arange(4000) % 90).astype("<i2").tobytes()),
    "raw zeros": lambda p: p.write_bytes(bytes(4096)),
    "an npy array": _npy,
    "HDF5 of another program": lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(2000)),
    "a zip file": _zip,
    "a sqlite file": lambda p: p.write_bytes(b"SQLite format 3\0" + bytes(1000)),
    "prose": lambda p: p.write_text("My thesis.\n\nIt took years, months, and days.\nAnd more.\n"),
    "one word": lambda p: p.write_text("x"),
    "numbers as text": lambda p: p.write_text("0.1,0.2,0.3\n0.4,0.5,0.6\n"),
    "a script": lambda p: p.write_text("import os\n\nfor a, b in zip([1], [2]):\n    print(a, b)\n"),
    "a notebook": lambda p: p.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4})),
    "settings": lambda p: p.write_text(json.dumps({"n_channels": 384, "detect": {"threshold": 5}})),
    "a curation of sortingview": lambda p: p.write_text(json.dumps({"labelsByUnit": {"1": ["mua"]}})),
    "a list in JSON": lambda p: p.write_text("[1, 2, 3]"),
    "UTF-16": lambda p: p.write_text("unit_id,label\n1,good\n", encoding="utf-16"),
    "a folder of other things": foreign_folder,
    "a link to a file": lambda p: (
        p.with_name("elsewhere.txt").write_text("kept"),
        p.symlink_to("elsewhere.txt"),
    ),
    "a link to a folder": lambda p: (
        foreign_folder(p.with_name("elsewhere")),
        p.symlink_to("elsewhere", target_is_directory=True),
    ),
    "a link to an empty folder": lambda p: (p.with_name("empty").mkdir(), p.symlink_to("empty")),
    "a link to nothing": lambda p: p.symlink_to("nowhere"),
    "a link to itself": lambda p: p.symlink_to(p.name),
    "a pipe": os.mkfifo,
}


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and content (or where a link leads) of everything in a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = str(path.readlink())
        elif stat.S_ISREG(mode):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            content = ""
        found[str(path.relative_to(folder))] = (mode, content)
    return found
