"""How much of an address was read is counted, and shown where somebody waits for it, and nowhere else."""

from __future__ import annotations

import asyncio
import io
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import reading_display
from nb_autolabel.analyzer.reading_display import ReadingDisplay, quiet
from nb_autolabel.analyzer.traffic import Traffic, of_total

from .test_reader_layout import write_zarr
from .test_remote import folder_at


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in the place of the standard error, where every wait is a long one.

    Called in the test itself: between fixtures and test, pytest puts its own there.
    """
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(reading_display, "SHOWN_AFTER", 0.0)
    return shown


SIZES = [
    (0, None, "0 bytes"),
    (999, None, "999 bytes"),
    (3_140_000, 2_400_000_000, "3.1 MB of 2.4 GB"),
    (999_600, None, "1.0 MB"),
    (12_345_678, None, "12.3 MB"),
    (123_456_789, 400_000_000_000, "123 MB of 400 GB"),
    (5 * 10**15, None, "5000 TB"),
    (20, 10, "20 bytes"),
]


@pytest.mark.parametrize(("count", "total", "said"), SIZES)
def test_bytes_are_said_as_people_read_them(count: int, total: int | None, said: str):
    assert of_total(count, total) == said


def test_a_long_wait_shows_what_was_read_and_leaves_the_line_empty(monkeypatch: pytest.MonkeyPatch):
    terminal = on_a_terminal(monkeypatch)
    traffic = Traffic()
    asked: list[bool] = []
    display = ReadingDisplay(traffic, lambda: asked.append(True))

    for _ in range(2):
        with display.waiting():
            traffic.add(3_140_000)
            traffic.total = 2_400_000_000
            display.tick()

    text = terminal.getvalue()
    assert "3.1 MB of 2.4 GB read" in text
    assert "6.3 MB of 2.4 GB read" in text
    assert text.rsplit("\r", 2)[1].strip() == ""
    assert asked == [True]
    display.tick()
    assert terminal.getvalue() == text


def test_a_short_wait_shows_nothing(monkeypatch: pytest.MonkeyPatch):
    terminal = on_a_terminal(monkeypatch)
    monkeypatch.setattr(reading_display, "SHOWN_AFTER", 100.0)
    display = ReadingDisplay(Traffic(), lambda: pytest.fail("a total was asked for"))

    with display.waiting():
        display.tick()

    assert terminal.getvalue() == ""


def test_short_waits_in_a_row_are_one_long_one(monkeypatch: pytest.MonkeyPatch):
    terminal = on_a_terminal(monkeypatch)
    clock = iter(range(100))
    monkeypatch.setattr(reading_display, "SHOWN_AFTER", 5)
    monkeypatch.setattr(reading_display, "PAUSE", 3)
    monkeypatch.setattr(reading_display, "monotonic", lambda: next(clock))
    display = ReadingDisplay(Traffic(), lambda: None)

    with display.waiting():
        pass
    assert terminal.getvalue() == ""
    for _ in range(4):
        with display.waiting():
            pass

    assert "0 bytes read" in terminal.getvalue()


def test_other_threads_show_nothing(monkeypatch: pytest.MonkeyPatch):
    terminal = on_a_terminal(monkeypatch)
    display = ReadingDisplay(Traffic(), lambda: None)

    def wait() -> None:
        with display.waiting():
            display.tick()

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join()
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_it_is_not_wanted_or_not_seen(monkeypatch: pytest.MonkeyPatch):
    terminal = on_a_terminal(monkeypatch)
    display = ReadingDisplay(Traffic(), lambda: None)
    with quiet(), display.waiting():
        display.tick()
    assert terminal.getvalue() == ""

    for unseen in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stderr", unseen)
        with display.waiting():
            display.tick()
    assert terminal.getvalue() == ""


def test_an_error_while_waiting_closes_the_line(monkeypatch: pytest.MonkeyPatch):
    terminal = on_a_terminal(monkeypatch)
    display = ReadingDisplay(Traffic(), lambda: None)

    with pytest.raises(KeyboardInterrupt), display.waiting():
        raise KeyboardInterrupt

    assert terminal.getvalue().rsplit("\r", 2)[1].strip() == ""


def test_a_notebook_keeps_one_line_and_closes_it_when_the_cell_has_ended(monkeypatch: pytest.MonkeyPatch):
    lines: list[Any] = []

    class Line:
        def __init__(self, **options: Any) -> None:
            self.text, self.closed = "", 0
            lines.append(self)

        def set_description_str(self, text: str) -> None:
            assert not self.closed
            self.text = text

        def close(self) -> None:
            self.closed += 1

    monkeypatch.setattr("tqdm.auto.tqdm", Line)
    monkeypatch.setattr(reading_display, "_in_notebook", lambda: True)
    monkeypatch.setattr(reading_display, "SHOWN_AFTER", 0.0)
    monkeypatch.setattr(reading_display, "PAUSE", 0.01)
    traffic = Traffic()
    display = ReadingDisplay(traffic, lambda: None)

    async def cell() -> None:
        for _ in range(3):
            with display.waiting():
                traffic.add(1_000_000)
                display.tick()
        assert [line.closed for line in lines] == [0]
        while not lines[0].closed:
            await asyncio.sleep(0.005)

    asyncio.run(cell())
    assert [(line.text, line.closed) for line in lines] == [("3.0 MB read", 1)]


def test_an_analyzer_at_an_address_says_what_was_read(tmp_path: Path, capfd: Any):
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    folder = write_zarr(tmp_path / "small.zarr")
    opening = sum(
        (folder / name).stat().st_size
        for name in (".zgroup", ".zmetadata", "sorting/unit_ids/0", "sparsity_mask/0.0")
    )

    with folder_at(folder) as (address, _):
        analyzer = nbl.load(address)
        assert analyzer.bytes_read == opening
        selected = analyzer.select_units(["u2"])
        selected.get_templates()
        chunk = (folder / "extensions/templates/average/0.0.0").stat().st_size
        assert selected.bytes_read == analyzer.bytes_read == opening + chunk
        assert f"{of_total(opening + chunk, None)} read" in repr(analyzer)
        assert "Read so far" in analyzer._repr_html_()
        assert pickle.loads(pickle.dumps(analyzer)).bytes_read == 0
    assert nbl.load(folder).bytes_read is None
    assert "read" not in repr(nbl.load(folder))
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "B read" not in printed.err


def test_long_reads_of_an_address_are_shown_on_the_standard_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: Any
):
    terminal = on_a_terminal(monkeypatch)
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    with folder_at(write_zarr(tmp_path / "small.zarr")) as (address, _):
        nbl.load(address).get_templates()

    assert "kB read" in terminal.getvalue()
    assert capfd.readouterr().out == ""
