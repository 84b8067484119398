"""The page of deep machines: feedback, mean field beside Gibbs, chains, units; every control, and the link."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import SHIPPED
from .visitor import Visitor, until

MODELS = {name: SHIPPED[name] for name in ("digits-dbm", "digits-dbm-classes", "digits-dbn")}


class Deep(Visitor):
    def open(self, name: str = "digits-dbm-classes", query: str = "") -> "Deep":
        self.page.goto(f"{self.server}/deep?checkpoint={self.models[name].name}{query}")
        self.page.locator(".player.deep:not([aria-busy])").wait_for()
        return self

    def has_examples(self) -> "Deep":
        expect(self.part("whose")).to_contain_text(re.compile(r"test image \d+ · \d"))
        return self

    def tab(self, name: str) -> "Deep":
        self.page.locator(f'[data-tab="{name}"]').click()
        return self

    def settled(self) -> None:
        self.frames()  # the sentence may still be that of before the last change
        expect(self.part("bound-says")).to_contain_text("beliefs have settled")

    @property
    def bound(self) -> float:
        return float(self.part("bound-says").locator("b").inner_text().split(": ")[1].split(" ")[0].replace("−", "-"))

    def slide(self, name: str, value: float) -> None:
        self.page.locator(f'[data-slide="{name}"]').fill(str(value))

    def text(self, part: str) -> str:
        return self.part(part).inner_text()


@pytest.fixture
def deep(tab, everything: str) -> Deep:
    return Deep(tab, everything, MODELS).open()


def test_feedback_fills_in_what_is_hidden_and_the_bound_climbs(deep):
    deep.has_examples().settled()
    changed = deep.page.locator('[data-part="machine"] [data-layer="1"] .note')
    expect(changed).to_contain_text("changed by feedback")
    deep.do("hide-half", "bottom").click()
    expect(deep.part("bound-says")).to_contain_text("the pixels shown")
    deep.settled()
    full = deep.bound
    for feedback in (0, 0.5, 0):
        deep.slide("feedback", feedback)
        deep.settled()
        assert deep.bound < full
    expect(changed).to_contain_text("as without feedback")
    deep.link_holds(feedback="0")
    deep.slide("feedback", 1)
    deep.settled()
    assert deep.bound > full - 1.5  # another fixed point may lie nearby
    deep.link_holds(feedback=None)
    for _ in range(3):
        deep.do("show-all").click()
        deep.link_holds(hidden=None)
        deep.do("hide-half", "left").click()
        deep.in_link("hidden")


def test_the_belief_net_stands_beside_it_and_has_no_feedback(deep):
    deep.has_examples().settled()
    expect(deep.part("beside")).to_be_visible()
    expect(deep.part("other-title")).to_have_text("Digits 8×8 · Deep belief network, class-conditional")
    deep.slide("feedback", 0)
    deep.settled()
    assert deep.page.locator('[data-part="other"] .link.up').count() == 1


def test_passes_are_taken_one_by_one_from_either_start(deep):
    deep.has_examples().settled()
    for start in ("half", "up", "half"):
        deep.choose("start", start)
        deep.link_holds(start=None if start == "up" else start)
        deep.settled()
    deep.key(" ")  # settled: it begins anew, and is paused by the first step
    deep.key("ArrowRight")
    deep.frames()
    first = int(re.search(r"pass (\d+)", deep.text("bound-says"))[1])
    for wanted in range(first + 1, first + 4):
        deep.do("step").click()
        expect(deep.part("bound-says")).to_contain_text(f"pass {wanted},")


def test_a_drawing_comes_back_by_its_link(deep):
    deep.has_examples()
    deep.do("clear").click()
    expect(deep.part("whose")).to_have_text("your drawing")
    box = deep.part("pad").bounding_box()
    deep.page.mouse.move(box["x"] + 100, box["y"] + 20)
    deep.page.mouse.down()
    deep.page.mouse.move(box["x"] + 100, box["y"] + 170, steps=5)
    deep.page.mouse.up()
    deep.choose("tool", "hide")
    deep.page.mouse.move(box["x"] + 20, box["y"] + 150)
    deep.page.mouse.down()
    deep.page.mouse.move(box["x"] + 180, box["y"] + 150, steps=5)
    deep.page.mouse.up()
    deep.page.mouse.move(5, 5)
    deep.in_link("drawing", "hidden")
    drawn = deep.digest("pad")
    deep.reload()
    deep.page.wait_for_function("(before) => window.digest('[data-part=\"pad\"]') === before", arg=drawn)
    expect(deep.part("whose")).to_have_text("your drawing")
    for _ in range(3):
        deep.do("shuffle").click()
        deep.has_examples().link_holds(drawing=None)


def test_a_unit_under_the_pointer_says_what_feedback_did(deep):
    deep.has_examples().settled()
    deep.page.locator('[data-part="machine"] [data-layer="2"] canvas').hover(position={"x": 108, "y": 75})
    expect(deep.part("unit-says")).to_contain_text("of layer 2: on with probability")
    deep.page.mouse.move(5, 5)
    expect(deep.part("unit-says")).to_contain_text("Point at a unit")
    layer = deep.page.locator('[data-part="machine"] [data-layer="1"] canvas')
    layer.focus()
    for key, unit in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowDown", 10), ("ArrowLeft", 9)):
        layer.press(key)
        expect(deep.part("unit-says")).to_contain_text(f"Unit {unit} of layer 1")


def test_another_image_begins_another_chart_and_a_pause_is_said(deep):
    deep.has_examples().settled()
    deep.do("step").click()
    expect(deep.part("bound-says")).to_contain_text("settled")
    for _ in range(3):
        deep.do("shuffle").click()
        expect(deep.part("bound-says")).to_contain_text("pass 0, paused")
        deep.do("step").click()
        expect(deep.part("bound-says")).to_contain_text("pass 1")
    deep.do("play").click()
    deep.settled()


def test_what_of_a_link_cannot_be_used_is_said(deep):
    broken = "&label=77&top=AAAA&ablated=1.5.7.7&mode=chains&chains=3"
    deep.open("digits-dbm-classes", broken)
    error = deep.part("error")
    for words in ("label 77", "top layer was not used", "ablated unit 7 of layer 7"):
        expect(error).to_contain_text(words)
    expect(deep.page.get_by_text("it must be one of 16, 64")).to_be_visible()
    expect(deep.page.locator('[data-part="layers"] [data-layer="1"] .note')).to_have_text("1 ablated")
    deep.open("digits-dbm-classes", "&mode=units&layer=1&unit=64")
    expect(error).to_contain_text("unit 64 of layer 1 was not used: layer 1 has 64 units")
    deep.open("digits-dbn", "&mode=posterior")
    expect(error).to_contain_text("Mean field and Gibbs: not for a belief net")


def test_mean_field_beside_gibbs_and_a_unit_that_is_clamped_on(deep):
    deep.has_examples().tab("posterior")
    deep.link_holds(mode="posterior")
    expect(deep.part("plot-says")).to_contain_text("draws. Mean difference 0.0")
    unit = deep.page.locator('[data-part="beliefs"] [data-layer="1"] canvas')
    unit.click(position={"x": 60, "y": 40})
    expect(deep.part("clamped-says")).to_contain_text("is clamped on")
    deep.link_holds(layer="1")
    said = deep.text("clamped-says")
    deep.reload()
    expect(deep.part("clamped-says")).to_have_text(said)
    fell = deep.text("falling")
    for x in (20, 40, 80, 100, 60):  # one after the other: the beliefs of none lead to those of the next
        unit.click(position={"x": x, "y": 40})
    expect(deep.part("clamped-says")).to_have_text(said)
    expect(deep.part("falling")).to_have_text(fell, use_inner_text=True)
    deep.do("free").click()
    expect(deep.part("invite")).to_be_visible()
    deep.link_holds(layer=None, unit=None)
    for _ in range(3):
        deep.do("again").click()
        expect(deep.part("plot-says")).to_contain_text("draws.")
    deep.do("hide-half", "top").click()
    expect(deep.part("plot-says")).to_contain_text("draws.")


def test_chains_dream_a_class_that_is_clamped(deep):
    deep.tab("chains")
    sweeps = deep.part("sweeps")
    expect(sweeps).to_contain_text(re.compile(r"[1-9]\d* sweeps"))
    for chains in ("16", "64", "16"):
        deep.choose("chains", chains)
        deep.link_holds(chains=None if chains == "64" else chains)
    deep.page.get_by_label("Class that is clamped").select_option("3")
    deep.link_holds(label="3")
    bars = deep.part("classes")
    until(deep.page, lambda: bars.locator("b").nth(3).get_attribute("style") == "width:100%", "class 3")
    deep.do("step").click()
    before = deep.text("sweeps")
    for _ in range(2):
        deep.do("step").click()
    assert deep.text("sweeps") != before
    for pressed in ("true", "false", "true"):
        for name in ("clamp-top", "clamp"):
            deep.part(name).click()
            expect(deep.part(name)).to_have_attribute("aria-pressed", pressed)
    expect(deep.page.locator('[data-part="layers"] [data-layer="2"] .note')).to_have_text("clamped")
    deep.page.locator('[data-part="layers"] [data-layer="1"] canvas').click(position={"x": 60, "y": 40})
    expect(deep.page.locator('[data-part="layers"] [data-layer="1"] .note')).to_have_text("1 ablated")
    deep.do("restore").click()
    expect(deep.page.locator('[data-part="layers"] [data-layer="1"] .note')).to_have_text("")
    deep.slide("temperature", 0.5)
    deep.choose("pace", "fast")
    deep.do("restart").click()
    deep.page.locator('[data-part="layers"] [data-layer="1"] canvas').click(position={"x": 60, "y": 40})
    deep.part("grid").click(position={"x": 60, "y": 60})
    for chains in ("64", "16"):  # what is clamped stays clamped
        deep.choose("chains", chains)
        expect(deep.part("clamp-top")).to_have_attribute("aria-pressed", "true")
    deep.link_holds(seed="1", temperature="0.5", pace="fast", clamped="image")
    deep.in_link("top", "ablated")
    deep.reload()
    expect(deep.page.get_by_label("Class that is clamped")).to_have_value("3")
    for name in ("clamp-top", "clamp"):
        expect(deep.part(name)).to_have_attribute("aria-pressed", "true")
    expect(deep.page.locator('[data-part="layers"] [data-layer="1"] .note')).to_have_text("1 ablated")
    expect(deep.page.locator('[data-out="temperature"]')).to_have_text("0.50")
    for side in ("top", "left"):
        deep.do("hide-half", side).click()
        deep.in_link("hidden")


def test_a_belief_net_dreams_by_its_top_layers(deep):
    deep.open("digits-dbn")  # its inference is one pass: no panels of going back and forth
    assert deep.page.locator("[data-tab]").evaluate_all("(tabs) => tabs.map((t) => t.dataset.tab)") == [
        "chains",
        "samples",
        "units",
    ]
    deep.do("step").click()
    expect(deep.part("sweeps")).to_contain_text(re.compile("next: (the top layer|one pass down)"))
    expect(deep.page.get_by_text("Only the two top layers are sampled in turn.")).to_be_visible()
    deep.part("clamp").click()  # an image takes its class along by the pass up
    expect(deep.part("whose")).to_contain_text("test image 1 · ")
    label = deep.text("whose").rpartition(" ")[2]
    deep.do("play").click()
    bars = deep.part("classes").locator("b")
    until(deep.page, lambda: bars.nth(int(label)).get_attribute("style") == "width:100%", f"class {label}")


def test_three_machines_sample_side_by_side(deep):
    deep.tab("samples").link_holds(mode="samples")
    kinds = ["RBM", "Deep belief network", "Deep Boltzmann machine"]
    assert deep.page.locator("[data-machine] header b").all_inner_texts() == kinds
    spent = deep.page.locator('[data-machine] [data-part="spent"]')
    for i in range(3):
        expect(spent.nth(i)).to_contain_text(re.compile(r"[1-9]\d* sweeps in \d+\.\d s"))
    deep.do("play").click()
    deep.frames(3)
    before = spent.all_inner_texts()
    for wanted in (1, 2, 3):
        deep.do("restart").click()
        deep.link_holds(seed=str(wanted))
        expect(spent.nth(0)).to_have_text("0 sweeps in 0.0 s")
    deep.do("play").click()
    expect(spent.nth(2)).to_contain_text(re.compile(r"[1-9]\d* sweeps"))
    assert len(before) == 3
    deep.reload()
    expect(spent.nth(1)).to_contain_text(re.compile(r"[1-9]\d* sweeps"))


def test_chains_from_noise_stand_beside_chains_from_test_images(deep):
    deep.tab("mixing").link_holds(mode="mixing")
    expect(deep.page.locator('[data-set] [data-part="energy"]')).to_have_count(2)
    expect(deep.part("estimates")).to_contain_text("by AIS backwards from chains")
    expect(deep.part("sweeps")).to_contain_text(re.compile(r"[1-9]\d* sweeps"))
    deep.do("play").click()
    deep.do("restart").click()
    expect(deep.part("sweeps")).to_have_text("0 sweeps")
    deep.link_holds(seed="1")
    expect(deep.part("energies")).to_contain_text(re.compile(r"mean energies differ by \d+\.\d ± \d+\.\d nats"))
    deep.do("step").click()
    expect(deep.part("sweeps")).to_have_text("1 sweep")


def test_units_of_each_layer_are_asked_what_they_like(deep):
    deep.tab("units")
    expect(deep.part("title")).to_have_text("Layer 2, unit 0")
    deep.page.locator('[data-part="preferred"] canvas').nth(7).wait_for()
    expect(deep.part("samples-say")).to_have_text("after 300 sweeps from noise")
    for level in ("1", "2", "1"):
        deep.choose("level", level)
        expect(deep.part("title")).to_have_text(f"Layer {level}, unit 0")
        deep.link_holds(layer=None if level == "2" else level)
    for wanted in (1, 2, 3):
        deep.key("ArrowRight")
        expect(deep.part("title")).to_have_text(f"Layer 1, unit {wanted}")
    deep.part("sheet").click(position={"x": 30, "y": 30})
    expect(deep.part("title")).to_have_text("Layer 1, unit 0")
    deep.key("ArrowRight")
    deep.reload()
    expect(deep.part("title")).to_have_text("Layer 1, unit 1")


def test_a_large_net_is_turned_page_by_page(deep):
    deep.open("digits-dbn", "&mode=units")
    expect(deep.part("pages")).to_have_text("1 to 100 of 256")
    deep.do("page", "1").click()
    expect(deep.part("pages")).to_have_text("101 to 200 of 256")
    deep.do("page", "1").click()
    expect(deep.part("pages")).to_have_text("201 to 256 of 256")
    deep.do("page", "-1").click()
    expect(deep.part("pages")).to_have_text("101 to 200 of 256")
    expect(deep.part("title")).to_have_text("Layer 2, unit 100")


def test_another_model_takes_feedback_along_and_lets_units_go(deep):
    deep.open("digits-dbm-classes", "&mode=units&layer=1&unit=5&feedback=0.5")
    expect(deep.part("title")).to_have_text("Layer 1, unit 5")
    deep.page.get_by_role("combobox").first.click()
    deep.page.get_by_role("option", name="Digits 8×8 · Deep Boltzmann machine, 64 and 64 hidden units").click()
    deep.link_holds(checkpoint=MODELS["digits-dbm"].name, layer=None)
    expect(deep.part("title")).to_have_text("Layer 2, unit 0")
    deep.tab("traffic")
    expect(deep.page.locator('[data-out="feedback"]')).to_have_text("0.50")
