"""A Kilosort or phy folder is labeled, and the labels go back into it."""

import warnings

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError, LabelsError
from tests.kilosort_folder import make_kilosort_folder, table


@pytest.fixture
def plain(tmp_path):
    return make_kilosort_folder(tmp_path / "kilosort4")


@pytest.fixture
def curated(tmp_path):
    return make_kilosort_folder(tmp_path / "phy", curated=True)


LIMITS = {"num_spikes": {"greater": 480}}


def labeler_of(made):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of criteria without metrics
        return nbl.ThresholdLabeler(nbl.load(made.folder), thresholds=LIMITS)


def content(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_labels_go_into_a_folder_that_only_kilosort_has_labeled_and_its_own_are_kept(plain):
    before = content(plain.folder)
    labeler = labeler_of(plain)
    expected = {
        unit: "good" if n > 480 else "noise" for unit, n in enumerate(np.bincount(plain.clusters).tolist())
    }
    assert set(expected.values()) == {"good", "noise"}

    labeler.export(plain.folder, "phy")

    after = content(plain.folder)
    (kept,) = set(after) - set(before) - {"cluster_label.tsv"}
    assert kept.startswith("cluster_group.tsv.")
    assert after[kept] == before["cluster_group.tsv"]
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"cluster_group.tsv"}
    assert nbl.import_labels(plain.folder)["label"].to_dict() == expected
    assert nbl.import_labels(plain.folder, name="KSLabel")["label"].tolist() == ["mua", "good"] * 3
    # The analyzer that is open knows the new groups, and its spikes are still those that were opened.
    assert labeler.analyzer.get_sorting_property("group").tolist() == list(expected.values())
    with pytest.raises(AlreadyExistsError):
        labeler.export(plain.folder, "phy")


def test_groups_with_the_title_that_kilosort_4_copies_along_are_kilosorts(plain):
    group = plain.folder / "cluster_group.tsv"
    assert group.read_text(encoding="utf-8").startswith("cluster_id\tKSLabel")
    (plain.folder / "cluster_KSLabel.tsv").unlink()
    labeler_of(plain).export(plain.folder, "phy")
    assert group.read_text(encoding="utf-8").startswith("cluster_id\tgroup")


@pytest.mark.parametrize("name", ["group", "label", "group changed in one"])
def test_where_a_person_has_curated_nothing_is_replaced_unasked(plain, curated, name):
    made = curated if name == "group" else plain
    if name == "label":
        table(made.folder, "label", {0: "good"})
    elif name != "group":
        group = made.folder / "cluster_group.tsv"
        group.write_text(group.read_text(encoding="utf-8").replace("1\tgood", "1\tnoise"), encoding="utf-8")
    before = content(made.folder)
    labeler = labeler_of(made)
    with pytest.raises(AlreadyExistsError, match="overwrite=True"):
        labeler.export(made.folder, "phy")
    assert content(made.folder) == before

    labeler.export(made.folder, "phy", overwrite=True)

    kept = [data for file, data in content(made.folder).items() if ".bak" in file]
    assert before["cluster_group.tsv"] in kept


def test_labels_of_any_name_go_back(plain):
    labeler_of(plain).export(plain.folder, "phy", name="bombcell")
    assert "bombcell" in nbl.load(plain.folder).get_sorting_property_keys()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_all_that_labels_works_on_it(curated, tmp_path):
    analyzer = nbl.load(curated.folder)
    bombcell = nbl.BombcellLabeler(analyzer)
    assert len(bombcell.labels) == 6
    session = nbl.LabelingSession(analyzer)
    session.label(10, "good")
    assert session.labels.loc[10, "label"] == "good"
    assert nbl.report(analyzer, tmp_path / "report.html").exists()
    bombcell.save_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").exists()
    assert nbl.plot_unit_labels(analyzer, bombcell.labels) is not None
    assert "by hand" in str(labeler_of(curated).explain(10))


# ---------------------------------------------------------------------- numbers of clusters, and ids of units


@pytest.fixture
def renumbered(plain):
    """A folder of SpikeInterface's export_to_phy, whose units 1, 2, 3, ..., 0 are the clusters 0, 1, 2, ...."""
    count = len(np.bincount(plain.clusters))
    lines = [f"{cluster}\t{(cluster + 1) % count}" for cluster in range(count)]
    (plain.folder / "cluster_si_unit_ids.tsv").write_text(
        "\n".join(["cluster_id\tsi_unit_id", *lines]) + "\n"
    )
    return plain.folder


def lines_of(folder, name="label"):
    rows = (folder / f"cluster_{name}.tsv").read_text().split()[2:]
    return dict(zip(map(int, rows[::2]), rows[1::2], strict=True))


@pytest.mark.parametrize("part", [slice(None), slice(1, 4)])
def test_labels_of_an_analyzer_from_a_phy_folder_go_back_to_its_clusters(renumbered, part):
    """nbl.load calls units by phy's clusters; the ids of SpikeInterface beside them would be those of other clusters."""
    analyzer = nbl.load(renumbered)
    ids = analyzer.unit_ids.tolist()[part]
    live = nbl.LiveThresholds(analyzer.select_units(ids), LIMITS, journal=None)
    live.override({unit: "mua" if unit % 2 else "good" for unit in ids})
    live.export(renumbered, "phy", overwrite=True)
    expected = {unit: "mua" if unit % 2 else "good" for unit in ids}
    assert lines_of(renumbered) == expected
    for given in (analyzer, live):
        assert nbl.import_labels(renumbered, "phy", unit_ids=given)["label"].to_dict() == expected


def test_ids_that_could_be_clusters_or_units_are_refused_until_it_is_said(renumbered):
    before = content(renumbered)
    with pytest.raises(
        LabelsError, match=r"1 may be the unit of cluster 0, or cluster 1\. Nothing was written"
    ):
        nbl.export_labels({1: "mua", 2: "noise"}, renumbered, "phy", overwrite=True)
    with pytest.raises(LabelsError, match="'units' or 'clusters'"):
        nbl.export_labels({1: "mua"}, renumbered, "phy", overwrite=True, numbering="both")
    assert content(renumbered) == before
    nbl.export_labels({1: "mua", 2: "noise"}, renumbered, "phy", overwrite=True, numbering="units")
    assert lines_of(renumbered) == {0: "mua", 1: "noise"}
    nbl.export_labels({1: "mua", 2: "noise"}, renumbered, "phy", overwrite=True, numbering="clusters")
    assert lines_of(renumbered) == {1: "mua", 2: "noise"}
    assert lines_of(renumbered, "group") == {1: "mua", 2: "noise"}


def test_ids_of_units_that_could_be_taken_for_clusters_are_said_where_no_analyzer_is_given(renumbered):
    nbl.export_labels({1: "mua", 2: "noise"}, renumbered, "phy", overwrite=True, numbering="units")
    with pytest.warns(UserWarning, match="not by phy's cluster numbers"):
        assert nbl.import_labels(renumbered, "phy")["label"].to_dict() == {1: "mua", 2: "noise"}
    assert nbl.import_labels(renumbered, "phy", unit_ids=[1, 2])["label"].to_dict() == {1: "mua", 2: "noise"}
    found = nbl.import_labels(renumbered, "phy", unit_ids=nbl.load(renumbered))
    assert found["label"].to_dict() == {0: "mua", 1: "noise"}
