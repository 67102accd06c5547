"""Selecting in one place, seeing it in all; undo, presets, the select-units panel."""

import pytest

pytestmark = pytest.mark.browser

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.BombcellLabeler(nbl.demo_analyzer())\nlabeler"


@pytest.fixture
def shown(lab):
    lab.open([OPEN])
    lab.run_all()
    lab.counts()
    lab.wait_idle()
    return lab


def tab(lab, name):
    lab.page.get_by_role("tab", name=name, exact=True).click()


def test_a_combination_of_the_upset_plot_selects_its_units_everywhere(shown):
    bar = shown.page.get_by_role("button", name="units:").first
    number = int(bar.get_attribute("aria-label").split()[0])
    bar.click()
    shown.page.wait_for_timeout(300)
    selected = shown.ask("labeler.selection")
    assert len(selected) == number
    assert shown.ask("set(labeler.labels.loc[labeler.selection, 'label']) == {'noise'}")
    reasons = "labeler.trace.reasons('noise').loc[labeler.selection].drop_duplicates()"
    assert shown.ask(f"len({reasons})") == 1
    tab(shown, "Table")
    last = shown.page.locator(f"[data-unit='{selected[-1]}'][aria-selected='true']")
    last.wait_for()


def test_the_table_is_filtered_sorted_and_walked_with_the_keyboard(shown):
    tab(shown, "Table")
    shown.page.get_by_role("combobox", name="Show a metric").select_option("velocity_above")
    shown.page.get_by_role("button", name="Sort by velocity_above").wait_for()
    field = shown.page.get_by_role("textbox", name="Filter units")
    field.fill('snr > 5 and label == "mua"')
    m = "labeler.labels['label'].eq('mua') & (labeler.analyzer.get_metrics_extension_data()['snr'] > 5)"
    expected = shown.ask(f"int(({m}).sum())")
    shown.page.get_by_text(f"{expected} of 142 units").wait_for()
    field.fill("snr >")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("")
    shown.page.get_by_role("button", name="Sort by snr").click()
    grid = shown.page.get_by_role("grid", name="Units")
    grid.focus()
    grid.press("ArrowDown")
    grid.press("ArrowDown")
    shown.page.wait_for_timeout(300)
    order = "labeler.analyzer.get_metrics_extension_data()['snr'].sort_values().index.tolist()"
    assert shown.ask("labeler.selection") == [shown.ask(order)[1]]


def test_selecting_in_the_kernel_opens_the_unit_in_the_card(shown):
    tab(shown, "Unit card")
    shown.ask("setattr(labeler, 'selection', [labeler.analyzer.unit_ids[7]])")
    unit, label = shown.ask("[str(labeler.analyzer.unit_ids[7]), labeler.labels['label'].iloc[7]]")
    shown.page.get_by_text(f"unit {unit}: {label}", exact=True).wait_for()
    shown.page.get_by_role("img", name=f"autocorrelogram of unit {unit}").wait_for()
    shown.page.get_by_role("img", name=f"amplitudes over time of unit {unit}").wait_for()
    shown.page.get_by_role("button", name="Next unit", exact=True).click()
    shown.page.wait_for_timeout(300)
    assert shown.ask("labeler.selection") == shown.ask("[labeler.analyzer.unit_ids[8].item()]")


def test_ctrl_z_takes_a_change_back_and_the_counts_say_what_changed(shown):
    before = shown.counts()
    field = shown.page.get_by_role("spinbutton", name="snr min", exact=True)
    field.fill("12")
    field.press("Enter")
    shown.page.wait_for_timeout(300)
    after = shown.counts()
    assert after != before
    shown.page.get_by_text(f"−{before['good'] - after['good']}", exact=True).wait_for()
    field.press("Control+z")
    shown.wait_counts(before)
    assert shown.ask("labeler.thresholds['mua']['snr']['min']") == 5
    field.press("Control+Shift+z")
    shown.wait_counts(after)


def test_another_preset_relabels_and_brings_its_own_histograms(shown):
    shown.page.get_by_role("combobox", name="preset").select_option("allen")
    shown.page.get_by_role("spinbutton", name="isi_violations_ratio max", exact=True).wait_for()
    shown.page.wait_for_timeout(500)
    assert shown.page.get_by_role("spinbutton", name="snr min", exact=True).count() == 0
    assert shown.counts() == shown.ask("labeler.counts")
    field = shown.page.get_by_role("spinbutton", name="presence_ratio min", exact=True)
    field.fill("0.99")
    field.press("Enter")
    shown.page.wait_for_timeout(300)
    assert shown.ask("labeler.thresholds['mua']['presence_ratio']['min']") == 0.99
    assert shown.counts() == shown.ask("labeler.counts")


def test_the_panel_creates_a_variable_in_the_notebook(shown):
    tab(shown, "Keep")
    shown.page.get_by_role("checkbox", name="mua (").uncheck()
    shown.page.get_by_role("textbox", name="Name of the variable").fill("good_units")
    shown.page.get_by_role("button", name="Create variable").click()
    shown.page.get_by_text("good_units: ").wait_for()
    kept = shown.ask("labeler.select_units(drop=['noise', 'mua']).get_num_units()")
    assert shown.ask("good_units.get_num_units()") == kept
    shown.page.get_by_role("button", name="Create variable").click()
    shown.page.get_by_text("good_units exists already").wait_for()
    shown.page.get_by_role("button", name="Overwrite it").click()
    shown.page.get_by_text(f"good_units: {kept} units").wait_for()


def test_a_view_in_a_cell_of_its_own_stays_linked(lab):
    lab.open([OPEN, "labeler.view('counts')"])
    lab.run_all()
    lab.page.wait_for_function(
        "document.querySelectorAll(\"[data-label='good']\").length === 2", timeout=60_000
    )
    field = lab.page.get_by_role("spinbutton", name="snr min", exact=True)
    field.fill("15")
    field.press("Enter")
    lab.page.wait_for_timeout(400)
    good = str(lab.ask("labeler.counts['good']"))
    assert [e.inner_text() for e in lab.page.locator("[data-label='good']").all()] == [good, good]


def test_running_a_cell_again_leaves_nothing_of_the_old_labeler_behind(lab):
    lab.open([OPEN])
    lab.run_all()
    lab.counts()
    lab.wait_idle()
    number = "len(__import__('ipywidgets').widgets.widget._instances)"
    first = lab.ask(number)
    for _ in range(2):
        lab.run_all()
        lab.page.wait_for_timeout(500)
        lab.wait_idle()
        lab.counts()
    assert lab.ask(number) == first


def test_a_click_on_a_bar_selects_its_units_and_a_box_selects_waveforms(shown):
    at = shown.handle("snr")
    canvas = shown.page.get_by_role("img", name="Histogram of snr", exact=True)
    box = canvas.bounding_box()
    shown.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.75)
    shown.page.wait_for_timeout(400)
    chosen = shown.ask("labeler.selection")
    assert len(chosen) > 1
    snr = "labeler.analyzer.get_metrics_extension_data()['snr']"
    low, high = shown.ask(f"[{snr}[labeler.selection].min(), {snr}[labeler.selection].max()]")
    between = f"((({snr}) >= {low}) & (({snr}) <= {high})).sum()"
    assert shown.ask(f"int({between})") == len(chosen), "all units of the bar, and no other"
    assert shown.ask("labeler.thresholds['mua']['snr']['min']") == 5, "a click is not a drag"
    assert at["x"] < box["x"] + box["width"] * 0.45
    waveforms = shown.page.get_by_role("img", name="units labeled noise")
    shown.page.evaluate("(el) => el.scrollIntoView({ block: 'center' })", waveforms.element_handle())
    panel = waveforms.bounding_box()
    shown.page.mouse.move(panel["x"] + 1, panel["y"] + 1)
    shown.page.mouse.down()
    shown.page.mouse.move(panel["x"] + panel["width"] - 2, panel["y"] + panel["height"] - 2, steps=4)
    shown.page.mouse.up()
    shown.page.wait_for_timeout(400)
    noise = shown.ask("labeler.labels.index[labeler.labels['label'] == 'noise'].tolist()")
    assert sorted(shown.ask("labeler.selection")) == sorted(noise)


def test_a_limit_is_switched_off_and_on_again_where_it_was(shown):
    before = shown.counts()
    toggle = shown.page.get_by_role("button", name="snr min on", exact=True)
    assert toggle.get_attribute("aria-pressed") == "true"
    toggle.click()
    shown.page.wait_for_timeout(300)
    assert shown.ask("labeler.thresholds['mua']['snr']") == {"min": None, "max": None}
    assert shown.counts() == shown.ask("labeler.counts") != before
    toggle.click()
    shown.wait_counts(before)
    assert shown.ask("labeler.thresholds['mua']['snr']['min']") == 5


def test_two_drags_in_the_scatter_are_two_steps_of_undo(lab):
    lab.open([OPEN])
    lab.run_all()
    before = lab.counts()
    lab.page.get_by_role("tab", name="Scatter", exact=True).click()
    canvas = lab.page.get_by_role("img", name="snr against amplitude_median")
    canvas.scroll_into_view_if_needed()
    lab.page.wait_for_timeout(500)

    def grab():
        """Find the line of the limit on snr: there the pointer says that it can be moved."""
        box = canvas.bounding_box()
        for x in range(40, int(box["width"]) - 10, 2):
            lab.page.mouse.move(box["x"] + x, box["y"] + box["height"] / 2)
            if canvas.evaluate("e => e.style.cursor") == "move":
                return box["x"] + x + 2, box["y"] + box["height"] / 2
        raise AssertionError("there is no line to grab")

    limits = []
    for by in (60, 40):
        x, y = grab()
        lab.page.mouse.move(x, y)
        lab.page.mouse.down()
        for step in range(20):
            lab.page.mouse.move(x + by * (step + 1) / 20, y)
        lab.page.mouse.up()
        lab.page.wait_for_timeout(400)
        limits.append(lab.ask("labeler.thresholds['mua']['snr']['min']"))
    assert 5 < limits[0] < limits[1]
    assert lab.ask("labeler.live.session.history") == [2, 0]
    assert lab.counts() == {**lab.counts(), **{k: n for k, n in lab.ask("labeler.counts").items() if n}}
    lab.ask("labeler.undo()")
    assert lab.ask("labeler.thresholds['mua']['snr']['min']") == limits[0]
    lab.ask("labeler.undo()")
    lab.wait_counts(before)
