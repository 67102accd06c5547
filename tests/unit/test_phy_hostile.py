"""What a Kilosort or phy folder from elsewhere may hold: it gives errors with names, and nothing of it is run."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AutolabelError,
    DamagedDataError,
    LinkedOutsideError,
    MissingDataError,
    UnsafeDataError,
)
from tests.kilosort_folder import PARAMS, make_kilosort_folder


@pytest.fixture
def made(tmp_path):
    return make_kilosort_folder(tmp_path / "ks")


def with_params(made, text):
    (made.folder / "params.py").write_text(text, encoding="utf-8")
    return made.folder


class Payload:
    """Leaves a trace where it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return (open, (str(self.file), "w"))


@pytest.mark.parametrize(
    "line",
    [
        "__import__('pathlib').Path({!r}).touch()",
        "x = __import__('pathlib').Path({!r}).touch()",
        "dat_path = open({!r}, 'w').name",
        "sample_rate: float = 30000.0\nopen({!r}, 'w')",
        "def f():\n    pass\n@(lambda f: open({!r}, 'w'))\ndef g(): pass",
    ],
)
def test_code_in_params_is_not_run(made, tmp_path, line):
    trace = tmp_path / "trace"
    folder = with_params(made, PARAMS + line.format(str(trace)) + "\n")
    analyzer = nbl.load(folder)
    analyzer.get_templates()
    assert analyzer.sampling_frequency == 30000.0
    assert not trace.exists()


@pytest.mark.parametrize(
    "text",
    [
        "dat_path = 'C:\\Users\\new\\x.bin'\nsample_rate = 25000\n",
        "# dat_path = 'old.bin'\n  dat_path = 'x'\nsample_rate = 25000.\n",
        "\N{ZERO WIDTH NO-BREAK SPACE}sample_rate = 25_000\n",
        "dat_path = r'C:\\data\\new'\r\nsample_rate = 2.5e4\r\n",
        "a = b = 1\nsample_rate = rate = 25000.0\nn_channels_dat = 'many'\ndtype = 'O'\noffset = -3\n",
        "dat_path = '\\d\\w'\nsample_rate = 25000\n",
    ],
)
def test_params_as_people_have_them_are_read(made, text):
    assert nbl.load(with_params(made, text)).sampling_frequency == 25000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dat_path = 'x'\n",
        "sample_rate = 30 * 1000\n",
        "sample_rate = 30000.0\nsample_rate = rate()\n",
        "sample_rate = -1\n",
        "sample_rate = 0\n",
        "sample_rate = 1e400\n",
        "sample_rate = True\n",
        "sample_rate = '30000'\n",
        "sample_rate = " + "[" * 5000 + "]" * 5000,
        "sample_rate = " + "9" * 5000,
        "sample_rate = 30000.0" + " " * 2**17,
        "sample\0rate = 1",
    ],
)
def test_a_folder_without_a_sampling_rate_says_so(made, text):
    with pytest.raises(DamagedDataError, match=r"params\.py"):
        nbl.load(with_params(made, text))


def test_without_params_the_error_says_what_to_write(made):
    (made.folder / "params.py").unlink()
    with pytest.raises(MissingDataError, match=r"sample_rate = 30000\.0"):
        nbl.load(made.folder)


@pytest.mark.parametrize(
    "name",
    [
        "spike_times",
        "spike_clusters",
        "spike_templates",
        "amplitudes",
        "templates",
        "channel_positions",
        "spike_positions",
    ],
)
def test_arrays_of_objects_are_refused_before_anything_is_decoded(made, tmp_path, name):
    trace = tmp_path / "trace"
    values = np.empty(3000, dtype=object)
    values[:] = Payload(trace)
    np.save(made.folder / f"{name}.npy", values, allow_pickle=True)
    with pytest.raises(UnsafeDataError, match=f"{name}.npy"):
        nbl.load(made.folder)
    assert not trace.exists()


def test_pickles_that_are_not_needed_are_not_opened(made, tmp_path):
    trace = tmp_path / "trace"
    np.save(made.folder / "ops.npy", np.array(Payload(trace), dtype=object), allow_pickle=True)
    (made.folder / "rez.mat").write_bytes(b"not MATLAB")
    (made.folder / "pc_features.npy").write_bytes(b"not an array")
    nbl.load(made.folder).get_templates()
    assert not trace.exists()


N = 3000
NAN = np.full((10, 2), np.nan)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"spike_templates": np.full(N, 6)}, "spike_templates.npy runs from 6 to 6"),
        ({"spike_templates": np.full(N, -1)}, "runs from -1"),
        ({"spike_clusters": np.full(N, -2)}, "spike_clusters.npy runs from -2"),
        ({"spike_times": np.arange(N) - 5}, "spike_times.npy runs from -5"),
        ({"spike_times": np.full(N, 2**63, np.uint64)}, "spike_times.npy runs from"),
        ({"spike_times": np.arange(N) + 0.5}, "no whole numbers"),
        ({"spike_times": np.full(N, np.nan)}, "no whole numbers"),
        ({"spike_times": np.zeros((N, 2), int)}, "one number a spike"),
        ({"spike_times": np.full(N, b"a")}, "one number a spike"),
        ({"spike_times": np.zeros(N, "M8[s]")}, "one number a spike"),
        ({"spike_clusters": np.zeros(N - 1, int)}, "expected 3000 rows"),
        ({"spike_templates": np.zeros(N + 1, int)}, "expected 3000 rows"),
        ({"amplitudes": np.zeros(5)}, "expected 3000 rows"),
        ({"spike_positions": np.zeros((5, 2))}, "expected 3000 rows"),
        ({"spike_positions": np.zeros((N, 5))}, "floating point numbers"),
        ({"channel_positions": NAN}, "no numbers"),
        ({"channel_positions": np.zeros((9, 2))}, "different numbers of channels"),
        ({"channel_positions": np.zeros(10)}, "expected numbers of shape"),
        ({"channel_map": np.full(10, 1e300)}, "no whole numbers"),
        (
            {"templates": np.zeros((6, 61, 9), "f4"), "templates_ind": np.zeros((6, 8))},
            "the channels of each template",
        ),
        ({"templates": np.zeros((6, 61), "f4")}, r"\(templates, samples, channels\)"),
        ({"templates": np.zeros((6, 0, 10), "f4")}, r"\(templates, samples, channels\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_when_the_folder_is_opened(made, arrays, words):
    made.save(**arrays)
    with pytest.raises(DamagedDataError, match=words):
        nbl.load(made.folder)


@pytest.mark.parametrize(
    ("arrays", "extension", "words"),
    [
        ({"spike_positions": np.full((N, 2), np.nan)}, "unit_locations", "NaN or infinite"),
        ({"spike_positions": np.full((N, 2), np.nan)}, "spike_locations", "NaN or infinite"),
        ({"whitening_mat_inv": np.full((10, 10), np.nan)}, "templates", "no numbers"),
        ({"whitening_mat_inv": np.eye(9)}, "templates", r"expected \(10, 10\)"),
        ({"templates_ind": np.full((6, 10), 11)}, "templates", "names channel 11"),
        ({"similar_templates": np.eye(5)}, "template_similarity", "one row and column a template"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_when_they_are_read(made, arrays, extension, words):
    made.save(**arrays)
    analyzer = nbl.load(made.folder)
    with pytest.raises(DamagedDataError, match=words):
        analyzer.get_extension(extension).get_data()


def test_a_whitening_without_an_inverse_is_named(made):
    (made.folder / "whitening_mat_inv.npy").unlink()
    made.save(whitening_mat=np.zeros((10, 10)))
    with pytest.raises(DamagedDataError, match="has no inverse"):
        nbl.load(made.folder).get_templates()


@pytest.mark.parametrize("name", ["spike_times", "spike_clusters", "templates"])
def test_a_size_that_is_claimed_and_not_there_takes_no_memory(made, name):
    file = made.folder / f"{name}.npy"
    head = file.read_bytes()[:128]
    with file.open("wb") as opened:
        np.lib.format.write_array_header_1_0(
            opened, {"descr": "<i8", "fortran_order": False, "shape": (2**40,)}
        )
    assert head
    with pytest.raises(DamagedDataError, match="declares"):
        nbl.load(made.folder)


def test_cluster_numbers_of_any_size_are_units(made):
    made.save(spike_clusters=np.where(made.clusters == 2, 2**40, made.clusters.astype(np.int64)))
    analyzer = nbl.load(made.folder)
    assert analyzer.unit_ids.tolist() == [0, 1, 3, 4, 5, 2**40]
    assert np.array_equal(analyzer.get_unit_spike_train(2**40), made.times[made.clusters == 2])


@pytest.mark.parametrize("name", ["spike_times.npy", "params.py", "templates.npy", "cluster_KSLabel.tsv"])
def test_links_out_of_the_folder_are_not_followed(made, tmp_path, name):
    place = made.folder / name
    place.rename(tmp_path / name)
    place.symlink_to(tmp_path / name)
    with pytest.raises(LinkedOutsideError):
        nbl.load(made.folder).get_sorting_property("KSLabel")


@pytest.mark.parametrize(
    "text", ["cluster_id\tx\n1\ta\n1\tb\n", "cluster_id\tx\none\ta\n", "cluster_id\tx\n1\ta\tb\n", "\0"]
)
def test_a_damaged_table_is_named_when_it_is_read(made, text):
    (made.folder / "cluster_x.tsv").write_text(text, encoding="utf-8")
    analyzer = nbl.load(made.folder)
    assert analyzer.get_sorting_property("KSLabel").tolist() == ["mua", "good"] * 3
    with pytest.raises(DamagedDataError, match=r"cluster_x\.tsv"):
        analyzer.get_sorting_property("x")


@pytest.mark.parametrize("title", ["../../escaped", "/etc/x", "a\\b", ".", "..", "con/../x"])
def test_the_title_of_a_column_never_becomes_a_path(made, tmp_path, title):
    (made.folder / "cluster_x.tsv").write_text(f"cluster_id\t{title}\n1\ta\n", encoding="utf-8")
    analyzer = nbl.load(made.folder)
    assert not any(
        set("/\\") & set(name) or name.strip(".") == "" for name in analyzer.get_sorting_property_keys()
    )
    analyzer.save_as("binary_folder", tmp_path / "inner" / "copy", progress_bar=False)
    assert not (tmp_path / "escaped.npy").exists()


def test_a_folder_without_spikes_or_without_anything_else_is_no_crash(made, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(AutolabelError, match="is empty"):
        nbl.load(empty)
    for name in ("spike_times", "spike_clusters", "spike_templates", "amplitudes"):
        made.save(**{name: np.load(made.folder / f"{name}.npy")[:0]})
    made.save(spike_positions=np.zeros((0, 2), "f4"))
    analyzer = nbl.load(made.folder)
    assert analyzer.get_num_units() == 0
    assert analyzer.get_templates().shape == (0, 61, 10)
    assert len(analyzer.get_metrics_extension_data()) == 0
    for name in ("spike_clusters", "spike_templates"):
        (made.folder / f"{name}.npy").unlink()
    with pytest.raises(MissingDataError, match="nothing says which unit"):
        nbl.load(made.folder)
