"""Far away (Binder, a server abroad): the link is slow, the widget is not, and little is sent."""

import pytest

pytestmark = pytest.mark.browser

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)\nlabeler"
#: Every websocket message waits, both ways; what has arrived is counted.
SLOW = """
window.link = { wait: 0, sent: 0, arrived: 0, received: 0 };
const later = (work) => (window.link.wait ? setTimeout(work, window.link.wait) : work());
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  window.link.sent += 1;
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


def test_a_drag_of_two_seconds_sends_at_most_fifteen_messages_also_with_the_unit_card_open(far):
    """The kernel is busy meanwhile: a question that it has not answered is not asked again in every frame."""
    far.open([OPEN])
    far.run_all()
    far.counts()
    far.wait_idle()
    far.page.get_by_role("tab", name="Unit card", exact=True).click()
    far.page.get_by_role("button", name="Next unit").first.click()
    far.page.get_by_text("autocorrelogram").wait_for()
    start = far.handle("snr")
    far.start("import time; time.sleep(4)")
    sent = far.page.evaluate("window.link.sent")
    far.page.mouse.move(start["x"], start["y"])
    far.page.mouse.down()
    began = far.page.evaluate("performance.now()")
    step = 0
    while far.page.evaluate("performance.now()") - began < 2000:
        step += 1
        far.page.mouse.move(start["x"] + 60 * abs((step % 80) / 40 - 1), start["y"])
        far.page.wait_for_timeout(16)
    far.page.mouse.up()
    far.page.wait_for_timeout(300)
    left = far.page.evaluate("window.link.sent") - sent
    print(f"messages of a drag of 2 s, {step} moves: {left}")
    assert step > 10
    assert 2 <= left <= 15
    far.wait_idle()
    assert far.counts() == far.ask("labeler.counts")


def test_after_a_drag_on_a_slow_link_nothing_on_the_screen_jumps_back(far):
    far.open([OPEN])
    far.run_all()
    far.counts()
    far.wait_idle()
    start = far.handle("snr")
    far.page.evaluate("window.link.wait = 700")
    far.page.mouse.move(start["x"], start["y"])
    far.page.mouse.down()
    for dx in range(4, 64, 4):
        far.page.mouse.move(start["x"] + dx, start["y"])
        far.page.wait_for_timeout(60)
    far.page.mouse.up()
    field = far.page.get_by_role("spinbutton", name="snr min", exact=True)
    seen = set()
    for _ in range(40):
        seen.add((field.input_value(), tuple(far.counts().items())))
        far.page.wait_for_timeout(100)
    assert len(seen) == 1, seen
    far.page.evaluate("window.link.wait = 0")
    far.page.wait_for_timeout(2000)
    assert far.counts() == far.ask("labeler.counts")


def test_handles_are_moved_with_keys_and_say_their_limit_in_shown_units(far):
    far.open([OPEN])
    far.run_all()
    before = far.counts()
    far.wait_idle()
    handle = far.page.get_by_role("slider", name="presence_ratio min handle")
    handle.scroll_into_view_if_needed()
    handle.focus()
    assert handle.get_attribute("aria-valuetext") == "0.7"
    handle.press("PageUp")
    handle.press("ArrowRight")
    assert float(handle.get_attribute("aria-valuenow")) > 0.75
    handle.press("End")
    assert far.counts() != before
    handle.press("Home")
    far.wait_idle()
    far.page.wait_for_timeout(500)
    assert far.ask("labeler.rule_set['presence_ratio'].min") == float(handle.get_attribute("aria-valuenow"))
    duration = far.page.get_by_role("slider", name="peak_to_trough_duration min handle").first
    assert duration.get_attribute("aria-valuetext").endswith(" ms")


def test_a_cell_that_is_run_again_leaves_no_style_and_no_listener_behind(far):
    far.page.add_init_script(
        """window.heard = 0;
        for (const target of [EventTarget.prototype]) {
          const [add, remove] = [target.addEventListener, target.removeEventListener];
          target.addEventListener = function (name, work, options) {
            if (this === document && name.startsWith("focus")) {
              window.heard += 1;
              options?.signal?.addEventListener?.("abort", () => { window.heard -= 1; });
            }
            return add.call(this, name, work, options);
          };
        }"""
    )
    far.open(["import nb_autolabel as nbl", "s = nbl.LabelingSession(nbl.demo_analyzer(), 'kept.jsonl')\ns"])
    far.run_all()
    far.page.get_by_text("of 142 labeled").wait_for()
    far.wait_idle()
    first = far.page.evaluate("window.heard")
    for _ in range(3):
        far.run_all()
        far.wait_idle()
        far.page.get_by_text("of 142 labeled").wait_for()
        far.page.wait_for_timeout(500)
    assert far.page.evaluate("window.heard") == first
    styles = "[...document.head.querySelectorAll('style')].filter((s) => s.textContent.includes('nbl-snapshot-')).length"
    assert far.page.evaluate(styles) == 1
