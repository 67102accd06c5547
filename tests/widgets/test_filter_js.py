"""The filter of the unit table reads what people write, and says what it cannot read."""

import pytest

from tests.widgets.javascript import run as run_in_node

SCRIPT = """
(filters) => {
  const units = [{ unit: "7", label: "mua", snr: 4, rp: 0.2 }, { unit: "8", label: "good", snr: 9, rp: 0 },
                 { unit: "9", label: "mua", snr: 12, rp: NaN }];
  return filters.map((filter) => {
    try {
      const test = code.parseFilter(filter, (name) => (name in units[0] ? (i) => units[i][name] : null));
      return units.map((_, i) => i).filter(test);
    } catch (error) { return error.message; }
  });
}
"""


def run(*filters):
    return run_in_node("core/filter", SCRIPT, filters)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ('snr > 5 and label == "mua"', [2]),
        ("snr>5", [1, 2]),
        ("snr >= 9 and snr <= 9", [1]),
        ("label == 'good' or snr < 5", [0, 1]),
        ("not (label == 'good' or snr < 5)", [2]),
        ("label != 'mua'", [1]),
        ("snr > 3 and rp < 0.1 or unit == 9", [1, 2]),
        ("rp > -1", [0, 1]),
        ("unit == 8", [1]),
        ("5 < snr", [1, 2]),
        ("snr > 1e1", [2]),
    ],
)
def test_a_filter_finds_the_units_it_describes(text, units):
    assert run(text) == [units]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("snrr > 5", 'there is no "snrr"'),
        ("snr >", "it ends too early"),
        ("snr", "a comparison is missing"),
        ("(snr > 5", "a ) is missing"),
        ("snr > 5 5", "not expected there"),
        ("snr > $", "cannot read"),
        ("alert(1)", 'there is no "alert"'),
        ("constructor > 1", "there is no"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(text, says):
    (message,) = run(text)
    if text.startswith("constructor"):
        assert isinstance(message, list | str)
    else:
        assert says in message
