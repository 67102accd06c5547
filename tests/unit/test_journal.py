"""Labels by hand in a journal: read back whatever became of the file, and told apart by whose they are."""

import json
import os
import subprocess
import sys

import pytest

from nb_autolabel.analyzer.identity import Identity
from nb_autolabel.errors import LabelsError
from nb_autolabel.export.journal import Journal


def sorting(*units, recording="probe A"):
    """A sorting of units given as (id, spike train)."""
    ids, trains = zip(*units, strict=True)
    return Identity(ids, trains, recording)


def test_a_journal_is_there_again_and_takes_labels_back(tmp_path):
    path = tmp_path / "labels.jsonl"
    journal = Journal(path, [3, 5, 9])
    journal.add(5, "good")
    journal.add(9, "noise", source="me", note="drifts")
    journal.add(5, None)
    again = Journal(path, [3, 5, 9])
    assert again.labels == {9: "noise"}
    assert again.entries[1].note == "drifts"
    assert again.entries[1].time.endswith("+00:00")


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path):
    path = tmp_path / "labels.jsonl"
    journal = Journal(path, ["a", "b"])
    journal.add("a", "mua")
    with path.open("a") as file:
        file.write('{"unit": "b", "lab')
    again = Journal(path, ["a", "b"])
    assert again.labels == {"a": "mua"}
    again.add("b", "good")
    assert Journal(path, ["a", "b"]).labels == {"a": "mua", "b": "good"}


def test_a_whole_line_behind_one_that_was_cut_off_counts(tmp_path):
    path = tmp_path / "labels.jsonl"
    Journal(path, ["a"]).add("a", "mua")
    path.write_text('{"unit": "a", "lab' + path.read_text())
    assert Journal(path, ["a"]).labels == {"a": "mua"}


def test_labels_of_another_sorting_and_unknown_units_are_refused(tmp_path):
    path = tmp_path / "labels.jsonl"
    journal = Journal(path, [1, 2])
    with pytest.raises(LabelsError, match="no unit 7"):
        journal.add(7, "good")
    journal.add(1, "good")
    with pytest.raises(LabelsError, match="another sorting"):
        Journal(path, [1, 2, 3])


def test_two_writers_do_not_harm_each_other(tmp_path):
    path = tmp_path / "labels.jsonl"
    code = (
        "import sys; from nb_autolabel.export.journal import Journal\n"
        f"journal = Journal({str(path)!r}, range(200))\n"
        "for unit in range(int(sys.argv[1]), 200, 2): journal.add(unit, 'good', source=sys.argv[1])\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(k)], env=os.environ) for k in (0, 1)]
    assert [process.wait() for process in both] == [0, 0]
    assert len(Journal(path, range(200)).labels) == 200
    assert path.read_bytes().count(b"\n") == 200


# ---------------------------------------------------------------------- whose labels they are


A, B, C = ("1", "train of A"), ("2", "train of B"), ("3", "train of C")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ((A, B, C), {"1": "good", "3": "noise"}),
        ((C, B, A), {"1": "good", "3": "noise"}),
        ((C,), {"3": "noise"}),
        ((B, A), {"1": "good"}),
        ((A, B, C, ("4", "train of D")), {"1": "good", "3": "noise"}),
        ((B,), {}),
        ((("4", "A and C merged"), B), {}),
    ],
    ids=["same", "other order", "subset", "subset in other order", "superset", "unlabeled part", "merged"],
)
def test_labels_follow_their_units_into_every_version_of_a_sorting(tmp_path, now, expected):
    path = tmp_path / "labels.jsonl"
    Journal(path, sorting(A, B, C)).add_all([("1", "good", "hand", ""), ("3", "noise", "hand", "")])
    journal = Journal(path, sorting(*now))
    assert journal.labels == expected
    for unit in ("1", "3"):
        assert (repr(unit) in journal.said) == (unit not in expected), "what is left out is named"


def test_a_unit_with_the_same_id_and_other_spikes_does_not_get_the_label(tmp_path):
    path = tmp_path / "labels.jsonl"
    Journal(path, sorting(A, B)).add_all([("1", "good", "hand", ""), ("2", "noise", "hand", "")])
    with pytest.warns(UserWarning, match="spikes of unit '2' are others"):
        journal = Journal(path, sorting(A, ("2", "B without its first spikes")))
    assert journal.labels == {"1": "good"}
    journal.add("2", "mua")
    assert journal.said == "", "labeled anew, nothing is left out"
    assert Journal(path, journal.identity).labels == {"1": "good", "2": "mua"}
    assert Journal(path, sorting(A, B)).labels == {"1": "good", "2": "noise"}, "each version has its own"


def test_a_sorting_of_which_nothing_fits_is_refused_and_nothing_is_written(tmp_path):
    path = tmp_path / "labels.jsonl"
    Journal(path, sorting(A, B)).add("1", "good")
    before = path.read_bytes()
    with pytest.raises(LabelsError, match=r"another sorting.*journal of its own"):
        Journal(path, sorting(("1", "other"), ("2", "other")))
    with pytest.raises(LabelsError, match="another sorting"):
        Journal(path, sorting(("7", "other"), recording="probe B"))
    assert path.read_bytes() == before


def test_labels_of_an_earlier_version_are_read_where_its_fingerprint_fits_and_nobody_else_went_on(tmp_path):
    path = tmp_path / "labels.jsonl"
    old = Journal(path, ["1", "2"], "30000 Hz, [10] samples")
    old.add("1", "good")
    known_as = (old.fingerprint, "ids alone")
    tetrode, other = (Identity(("1", "2"), (kind, kind), kind, known_as) for kind in ("first", "second"))
    assert Journal(path, other).labels == {"1": "good"}, "nothing in the file tells them apart"
    journal = Journal(path, tetrode)
    assert "earlier version" in journal.said
    journal.add("2", "noise")
    assert Journal(path, tetrode).labels == {"1": "good", "2": "noise"}
    with pytest.raises(LabelsError, match="another sorting"):
        Journal(path, other)
    with pytest.raises(LabelsError, match="another sorting"):
        Journal(path, Identity(("1", "2"), ("a", "b"), "", ("another",)))


def test_ids_are_matched_as_text_and_an_ambiguous_one_gets_nothing(tmp_path):
    path = tmp_path / "labels.jsonl"
    Journal(path, sorting(("7", "a"), ("8", "b"))).add_all(
        [("7", "good", "hand", ""), ("8", "mua", "hand", "")]
    )
    journal = Journal(path, sorting((7, "a"), (8, "b")))
    assert journal.labels == {7: "good", 8: "mua"}
    journal.add("7", "noise")
    assert Journal(path, sorting((7, "a"))).labels == {7: "noise"}


# ---------------------------------------------------------------------- what a file can hold


def line(unit, label="good", **others):
    return (
        json.dumps({"unit": unit, "label": label, "time": "2026-01-01T00:00:00+00:00", **others}).encode()
        + b"\n"
    )


def legacy(path, ids="abc"):
    return Journal(path, list(ids))


WHOLE = line("a") + line("b", "noise")
HOSTILE = {
    "zeros at the end": WHOLE + bytes(4096),
    "zeros between": line("a") + bytes(512) + line("b", "noise"),
    "zeros before a label": bytes(512) + WHOLE,
    "zeros in a label": WHOLE + b'{"unit": "c", "lab' + bytes(50) + b"\n",
    "merge marks": b"<<<<<<< HEAD\n" + line("a") + b"=======\n" + line("b", "noise") + b">>>>>>> other\n",
    "no JSON": b"no JSON at all\n" + WHOLE,
    "a number for a label": WHOLE + line("c", 3),
    "a list for a unit": WHOLE + line(["c"]),
    "true for a unit": WHOLE + line(True),
    "a number for a note": WHOLE + line("c", note=5),
    "a label that is not there": WHOLE + b'{"unit": "c"}\n',
    "not a dictionary": WHOLE + b'[1, 2]\n"text"\nnull\n3\n',
    "deep nesting": WHOLE + b"[" * 100_000 + b"\n",
    "a number of many digits": WHOLE + b'{"unit": ' + b"9" * 10_000 + b', "label": "good"}\n',
    "a huge line": WHOLE + b'{"unit": "c", "label": "good", "note": "' + b"x" * 2**21 + b'"}\n',
    "random bytes": bytes(range(128, 256)) + b"\n" + WHOLE,
    "two labels in one line": WHOLE + b'{"unit": "c", "label": "good", "label": "mua"}\n',
    "something between labels in one line": line("a").rstrip() + b" ??? " + line("b", "noise"),
    "half a surrogate pair as bytes": WHOLE + b'{"unit": "c\xed\xa0\x80\n',
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_readable_lines_count_and_the_rest_is_kept_aside_once_and_named(tmp_path, content):
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    with pytest.warns(UserWarning, match=r"cannot be read and are left out; 2 can.*copied to") as said:
        journal = legacy(path)
    assert len(said) == 1
    assert journal.labels == {"a": "good", "b": "noise"}
    (copy,) = tmp_path.glob("labels.jsonl.unreadable-*")
    assert all(part in content for part in copy.read_bytes().split(b"\n"))
    assert legacy(path).labels == {"a": "good", "b": "noise"}
    assert len(list(tmp_path.iterdir())) == 2, "copied once, not at each open"
    assert path.read_bytes() == content, "the journal itself is never rewritten"
    journal.add("c", "mua")
    assert legacy(path).labels == {"a": "good", "b": "noise", "c": "mua"}


HARMLESS = {
    "a byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "line breaks of Windows": WHOLE.replace(b"\n", b"\r\n"),
    "no line break at the end": WHOLE.rstrip(),
    "line breaks of old spreadsheets": WHOLE.replace(b"\n", b"\r"),
    "UTF-16 with old line breaks": WHOLE.decode().replace("\n", "\r").encode("utf-16"),
    "no line breaks at all": WHOLE.replace(b"\n", b""),
    "one list": b"[" + WHOLE.rstrip().replace(b"\n", b", ") + b"]",
    "a cut-off label before others in its line": b'{"unit": "c", "lab' + WHOLE.replace(b"\n", b""),
    "lines twice": WHOLE + WHOLE,
    "blank lines": b"\n\n" + WHOLE + b"  \n\n",
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "UTF-16 with Windows' line breaks": WHOLE.decode().replace("\n", "\r\n").encode("utf-16"),
    "UTF-16, the other way round": b"\xfe\xff" + WHOLE.decode().encode("utf-16-be"),
    "UTF-32": WHOLE.decode().encode("utf-32"),
    "keys of a later version": line("a", certainty=0.9, by=["x"]) + line("b", "noise"),
    "other spellings": line("a", "GOOD") + line("b", " Noise "),
    "no label": WHOLE + line("c", "unsorted") + line("c", ""),
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_what_an_editor_or_a_crash_does_to_a_journal_loses_no_label(tmp_path, content):
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    journal = legacy(path)
    assert journal.labels == {"a": "good", "b": "noise"}
    journal.add("c", "mua")
    assert legacy(path).labels == {"a": "good", "b": "noise", "c": "mua"}
    assert path.read_bytes().startswith(content)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "utf-16", "utf-16-be"])
def test_a_note_in_another_encoding_stays_what_it_was(tmp_path, encoding):
    path = tmp_path / "labels.jsonl"
    text = '{"unit": "a", "label": "good", "time": "", "note": "dérivé à 3 µm"}\n'
    path.write_bytes(text.encode(encoding))
    assert legacy(path).given["a"].note == "dérivé à 3 µm"


def test_of_two_merged_branches_the_newest_label_of_a_unit_counts(tmp_path):
    path = tmp_path / "labels.jsonl"
    newer = line("a", "mua").replace(b"2026-01-01", b"2026-02-02")
    path.write_bytes(b"<<<<<<< HEAD\n" + newer + b"=======\n" + line("a", "noise") + b">>>>>>> theirs\n")
    with pytest.warns(UserWarning, match="3 lines"):
        assert legacy(path).labels == {"a": "mua"}


HARD = [
    "a\nb",
    "a\r\x00b",
    "\u2028\u2029\x85",
    "\ud800",
    "\U0001f9e0 µ",
    '"}\n{"unit": "x"',
    "`rm -rf`; $(id)\n",
    "\ufeff",
]


@pytest.mark.parametrize("text", HARD, ids=ascii)
def test_one_label_is_one_line_of_ascii_whatever_ids_and_notes_hold(tmp_path, text):
    path = tmp_path / "labels.jsonl"
    journal = Journal(path, [text, "other"])
    journal.add(text, "good", source=text, note=text)
    journal.add("other", f"label {text}")
    data = path.read_bytes()
    assert data.isascii()
    assert data.count(b"\n") == len(data.splitlines()) == 2
    again = Journal(path, [text, "other"])
    assert again.entries == journal.entries
    assert list(again.labels) == [text, "other"]
    assert again.given[text].words.encode("utf-8"), "half a character would stop whatever shows it"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("a", 7, "hand", ""), "a label is text"),
        (("a", "", "hand", ""), "a label is text"),
        (("a", "unsorted", "hand", ""), "a label is text"),
        (("a", "good", "hand", 5), "are text"),
        (("a", "good", None, ""), "are text"),
        (("a", "good", "hand", "x" * 2**21), "too long"),
        (("z", "good", "hand", ""), "no unit 'z'"),
    ],
)
def test_of_a_batch_with_one_bad_label_none_is_written(tmp_path, given, words):
    path = tmp_path / "labels.jsonl"
    with pytest.raises(LabelsError, match=words):
        legacy(path).add_all([("b", "good", "hand", ""), given])
    assert not path.exists()


@pytest.mark.parametrize(
    "content", [b"unit,label\n1,good\n", b"%PDF-1.7\n\x00\xff", b'{"labels": []}\n', b"hello"]
)
def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "metrics.csv"
    path.write_bytes(content)
    with pytest.raises(LabelsError, match="no journal of labels"):
        legacy(path)
    assert [(path, content)] == [(each, each.read_bytes()) for each in tmp_path.iterdir()]


def test_a_journal_that_lost_everything_to_zeros_goes_on(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_bytes(bytes(4096))
    with pytest.warns(UserWarning, match="cannot be read"):
        journal = legacy(path)
    journal.add("a", "good")
    assert legacy(path).labels == {"a": "good"}
