"""Far away (Binder, a server abroad): the link is slow, the widget is not, and little is sent."""

import pytest

pytestmark = pytest.mark.browser

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)\nlabeler"
#: Every websocket message waits, both ways; what has arrived is counted.
SLOW = """
window.link = { wait: 0, arrived: 0, received: 0 };
const later = (work) => (window.link.wait ? setTimeout(work, window.link.wait) : work());
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  later(() => { if (this.readyState === 1) { window.link.arrived += 1; send.call(this, data); } });
};
const own = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {
  get() { return own.get.call(this); },
  set(listener) {
    own.set.call(this, (event) => {
      window.link.received += event.data.byteLength ?? event.data.size ?? event.data.length;
      later(() => listener.call(this, event));
    });
  },
});
"""


@pytest.fixture
def far(lab):
    lab.page.add_init_script(SLOW)
    return lab


def test_the_first_display_of_142_units_sends_less_than_one_and_a_half_megabytes(far):
    far.open(["1"])
    far.wait_idle()
    before = far.page.evaluate("window.link.received")
    far.open([OPEN], "other.ipynb")
    far.run_all()
    far.counts()
    far.wait_idle()
    far.page.wait_for_timeout(1000)
    received = far.page.evaluate("window.link.received")
    print(f"received for the first display: {received / 1e6:.2f} MB")
    assert before < received < 1_500_000


def test_a_drag_repaints_before_any_message_has_arrived(far):
    far.open([OPEN])
    far.run_all()
    before = far.counts()
    far.wait_idle()
    start = far.handle("snr")
    far.page.evaluate("window.link.wait = 1500")
    arrived = far.page.evaluate("window.link.arrived")
    far.page.mouse.move(start["x"], start["y"])
    far.page.mouse.down()
    far.page.mouse.move(start["x"] + 60, start["y"], steps=4)
    shown = far.page.wait_for_function(
        """(old) => {
            const all = [...document.querySelectorAll("[data-label]")];
            const now = Object.fromEntries(all.map((e) => [e.dataset.label, Number(e.innerText)]));
            return JSON.stringify(now) === JSON.stringify(old) ? null : { now, arrived: window.link.arrived };
        }""",
        arg=before,
    ).json_value()
    far.page.mouse.up()
    assert shown["arrived"] == arrived, "repainted without the kernel"
    far.page.evaluate("window.link.wait = 0")
    far.page.wait_for_timeout(2500)
    assert far.counts() == far.ask("labeler.counts")
