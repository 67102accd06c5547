"""phy folders: a person's groups count before old tables, clusters are told from units, tables are read by header."""

import os

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, LabelsError, UnknownFormatError
from tests.kilosort_folder import make_kilosort_folder


def folder_of(folder, **tables):
    """Write ``cluster_<name>.tsv`` for every table; blanks between values become tabs."""
    folder.mkdir(exist_ok=True)
    for name, lines in tables.items():
        text = lines if isinstance(lines, bytes) else "\n".join(lines).replace(" ", "\t").encode() + b"\n"
        (folder / f"cluster_{name}.tsv").write_bytes(text)
    return folder


def labels_of(folder, **options):
    return nbl.import_labels(folder, **options)["label"].to_dict()


@pytest.fixture
def exported(tmp_path):
    """A folder with our labels and the groups they stand for."""
    labels = {0: "good", 1: "non_soma", 2: "noise", 3: "unsure", 4: "good", 5: "Interneuron"}
    return nbl.export_labels(labels, tmp_path / "phy", "phy")


def test_labels_come_back_unchanged_while_nobody_has_regrouped(exported):
    assert labels_of(exported) == {
        0: "good",
        1: "non_soma",
        2: "noise",
        3: "unsure",
        4: "good",
        5: "Interneuron",
    }


def test_groups_that_a_person_has_set_count_and_finer_labels_stay_where_they_agree(exported):
    folder_of(
        exported,
        group=["cluster_id group", "0 mua", "1 mua", "2 noise", "3 good", "4 unsorted", "5 unsorted"],
    )
    with pytest.warns(UserWarning, match="for the clusters 0, 3, 4: they were regrouped"):
        found = labels_of(exported)
    assert found == {0: "mua", 1: "non_soma", 2: "noise", 3: "good", 5: "Interneuron"}


def test_a_group_of_a_persons_own_counts_too(exported):
    folder_of(exported, group=["cluster_id group", "0 good", "5 axon"])
    with pytest.warns(UserWarning, match="clusters 5"):
        assert labels_of(exported)[5] == "axon"


def test_groups_that_nobody_has_set_take_no_label_away(tmp_path):
    """SpikeInterface's export_to_phy writes "unsorted" for every cluster."""
    unset = ["cluster_id group", "0 unsorted", "1 unsorted"]
    folder = folder_of(tmp_path / "phy", group=unset, label=["cluster_id label", "0 good", "1 noise"])
    assert labels_of(folder) == {0: "good", 1: "noise"}


def test_clusters_that_phy_has_merged_away_lose_their_old_labels(exported):
    folder_of(
        exported,
        group=["cluster_id group", "0 good", "1 mua", "2 noise", "3 unsorted", "5 unsorted", "6 good"],
    )
    with pytest.warns(UserWarning, match="new clusters 6 and no longer 4"):
        found = labels_of(exported)
    assert found == {0: "good", 1: "non_soma", 2: "noise", 3: "unsure", 5: "Interneuron", 6: "good"}


@pytest.mark.parametrize("header", ["cluster_id KSLabel", "cluster_id group"])
def test_groups_that_are_kilosorts_own_are_called_so(tmp_path, header):
    own = ["0 good", "1 mua"]
    folder = folder_of(tmp_path / "ks", group=[header, *own], KSLabel=["cluster_id KSLabel", *own])
    with pytest.warns(UserWarning, match="Kilosort's own labels; nobody has grouped"):
        assert labels_of(folder) == {0: "good", 1: "mua"}


def test_labels_of_another_tool_count_before_kilosorts_own_and_a_later_regrouping_before_both(tmp_path):
    kilosorts, other = ["cluster_id KSLabel", "0 good", "1 mua"], ["cluster_id label", "0 noise", "1 good"]
    folder = folder_of(
        tmp_path / "ks", group=["cluster_id group", *kilosorts[1:]], KSLabel=kilosorts, label=other
    )
    os.utime(folder / "cluster_group.tsv", (1, 1))
    assert labels_of(folder) == {0: "noise", 1: "good"}
    os.utime(folder / "cluster_label.tsv", (0, 0))
    with pytest.warns(UserWarning, match="regrouped"):
        assert labels_of(folder) == {0: "good", 1: "mua"}


def test_kilosorts_labels_alone_are_read_by_name_only(tmp_path):
    folder = folder_of(tmp_path / "ks", KSLabel=["cluster_id KSLabel", "0 good", "1 mua"])
    with pytest.raises(UnknownFormatError, match="name='KSLabel' reads Kilosort's own labels"):
        nbl.import_labels(folder, "phy")
    assert labels_of(folder, name="KSLabel") == {0: "good", 1: "mua"}


NUMBERED = ["cluster_id si_unit_id", *(f"{cluster} {cluster + 1}" for cluster in range(6))]


def test_a_cluster_that_was_merged_in_phy_is_not_the_unit_of_its_number(tmp_path):
    """Units 1 to 6 are clusters 0 to 5; cluster 6 was merged from some of them and is not unit 6."""
    folder = folder_of(
        tmp_path / "phy", group=["cluster_id group", "0 good", "1 mua", "6 noise"], si_unit_ids=NUMBERED
    )
    for ids in (None, [1, 2, 3, 4, 5, 6], list("123456")):
        with pytest.warns(UserWarning, match=r"clusters 6 are none of the units"):
            found = labels_of(folder, unit_ids=ids)
        assert {str(unit): label for unit, label in found.items()} == {"1": "good", "2": "mua"}


def test_unit_ids_that_phy_has_handed_on_to_new_clusters_are_not_taken(tmp_path):
    """When phy saves, a merged cluster may have the unit id of a parent, and both halves of a split have it."""
    grouped = ["cluster_id group", "0 good", "6 noise", "7 good", "8 mua"]
    numbered = ["cluster_id si_unit_id", "0 a", "6 b", "7 d", "8 d"]
    folder = folder_of(tmp_path / "phy", group=grouped, si_unit_ids=numbered)
    with pytest.warns(UserWarning, match="7 .one of several of unit d., 8"):
        assert labels_of(folder) == {"a": "good", "b": "noise"}
    np.save(folder / "templates.npy", np.zeros((6, 3, 2), dtype="f4"))
    with pytest.warns(UserWarning, match="6 .made in phy., 7"):
        assert labels_of(folder) == {"a": "good"}
    with pytest.raises(LabelsError, match="no cluster for the units b"):
        nbl.export_labels({"a": "good", "b": "noise"}, folder, "phy", overwrite=True)
    assert "6\tnoise" in (folder / "cluster_group.tsv").read_text()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"cluster_id\tgroup\n0\tgood\n1\n2\t\n3\tunsorted\n4\tMUA\n", {0: "good", 4: "mua"}),
        (b"\xef\xbb\xbfcluster_id\tgroup\r\n0\tgood\r\n", {0: "good"}),
        (b"cluster_id,group\n7,noise\n", {7: "noise"}),
        (b"id\tn_spikes\tgroup\n7\t200\tnoise\n", {7: "noise"}),
        (b"group\tn_spikes\tcluster_id\nnoise\t200\t7\n", {7: "noise"}),
        (b"cluster_id\tquality\n7.0\tnoise\n\n", {7: "noise"}),
        (b"cluster_id\tgroup\n", {}),
        (b"", {}),
    ],
    ids=[
        "no tab",
        "mark and line ends",
        "commas",
        "id",
        "other order",
        "one other column",
        "header only",
        "empty",
    ],
)
def test_tables_are_read_by_their_header(tmp_path, content, found):
    assert labels_of(folder_of(tmp_path / "phy", group=content)) == found


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"0\tgood\n1\tmua\n", "no column 'cluster_id': its first line is '0', 'good'"),
        (b"cluster_id\tn_spikes\tamplitude\n0\t5\t7\n", "no column 'group': its columns are"),
        (b"cluster_id\tgroup\n0\tgood\n1 good\n", "line 3 of .* is no cluster number"),
        (b"cluster_id\tgroup\n0\tgood\tbad\n", "line 2 of"),
        (b"cluster_id\tgroup\n0\tgood\n0\tmua\n", "more than once"),
        ("cluster_id\tgroup\n0\tgood\n".encode("utf-16"), "is not a table"),
        (b"cluster_id\tgroup\n0\tgo\x00d\n", "zero bytes"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path, content, error):
    with pytest.raises((DamagedDataError, LabelsError), match=error):
        nbl.import_labels(folder_of(tmp_path / "phy", group=content))


def test_cluster_info_is_read_where_it_is_the_only_table(tmp_path):
    header = "id Amplitude ContamPct KSLabel amp ch depth fr group n_spikes sh"
    folder = folder_of(
        tmp_path / "phy", info=[header, "0 1 2 good 3 4 5 6 noise 7 0", "2 1 2 good 3 4 5 6  7 0"]
    )
    assert labels_of(folder) == {0: "noise"}
    assert labels_of(folder, name="KSLabel") == {0: "good", 2: "good"}
    with pytest.raises(UnknownFormatError, match=r"no such column in cluster_info.tsv"):
        nbl.import_labels(folder, name="quality")


def test_tables_of_the_first_phy_are_read(tmp_path):
    (tmp_path / "cluster_groups.csv").write_text("cluster_id\tgroup\n3\tgood\n4\tunsorted\n")
    assert labels_of(tmp_path) == {3: "good"}


def test_a_label_with_a_line_break_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(LabelsError, match=r"'a\\rb' has a line break"):
        nbl.export_labels({1: "a\rb"}, tmp_path / "phy", "phy")
    assert not (tmp_path / "phy").exists()


def test_of_two_tables_of_groups_the_same_counts_everywhere_and_it_is_said(tmp_path):
    folder = make_kilosort_folder(tmp_path / "phy").folder
    for name, text in {
        "cluster_group.tsv": "cluster_id\tgroup\n0\tgood\n",
        "cluster_group.csv": "cluster_id,group\n0,mua\n",
        "cluster_groups.csv": "cluster_id,group\n0,noise\n1,mua\n",
    }.items():
        (folder / name).write_text(text)
    with pytest.warns(UserWarning, match="has other groups than cluster_group.tsv, which is taken") as said:
        assert nbl.import_labels(folder, "phy")["label"].to_dict() == {0: "good"}
    assert len(said) == 2
    assert nbl.load(folder).get_sorting_property("group").tolist()[:2] == ["good", ""]
