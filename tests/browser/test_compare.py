"""Journeys through Compare, with committed data only: chips, linked maps, morph, matrix, one image through all."""

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.store import checkpoints

from .visitor import Visitor, frames, until

SHIPPED = {c.run["preset"]["name"]: c.name for c in checkpoints.available()[0]}
CODE = f"{SHIPPED['digits-autoencoder-2']}~code"
MEAN = f"{SHIPPED['digits-vae-2']}~posterior-mean"


class Comparison(Visitor):
    """The page as a visitor has it."""

    def open(self, query: str = "") -> "Comparison":
        self.page.goto(f"{self.server}/compare?{query}")
        expect(self.page.locator(".rep").first).to_be_visible()
        return self

    @property
    def names(self) -> list[str]:
        return self.page.locator(".rep > button:first-child").all_inner_texts()

    def tab(self, title: str) -> None:
        self.page.get_by_role("tab", name=title).click()

    def cell(self, i: int | str):
        return self.page.locator(f'[data-cell="{i}"]')

    def ink(self, i: int | str, part: str = "dots") -> int:
        """Pixels of a map's canvas that something is drawn on."""
        return (
            self.cell(i)
            .locator(f'[data-part="{part}"]')
            .evaluate(
                """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let n = 0; for (let i = 3; i < data.length; i += 4) n += data[i] > 0; return n; }"""
            )
        )

    def link(self, part: str) -> None:
        self.page.wait_for_function("part => decodeURIComponent(location.search).includes(part)", arg=part)


@pytest.fixture
def comparison(tab: Page, everything: str) -> Comparison:
    return Comparison(tab, everything, {})


def test_five_maps_stand_at_once(comparison):
    comparison.open()
    assert len(comparison.names) == 5 and "reference" in comparison.names[0]
    for i in range(5):
        expect(comparison.cell(i).locator('[data-part="ask"]')).to_be_hidden()
    frames(comparison.page, 5)
    assert all(comparison.ink(i) > 200 for i in (*range(5), "morph"))
    expect(comparison.part("changed").locator(".thumb")).to_have_count(24)


def test_representations_are_added_removed_and_made_the_reference(comparison):
    comparison.open(f"reps=pixels,{CODE}")
    comparison.do("cards").click()
    comparison.page.get_by_label("Search models and layers").fill("vae 2-d posterior")
    comparison.page.locator(f'[data-do="choose"][value="{MEAN}"]').click()
    expect(comparison.page.locator(".rep")).to_have_count(3)
    comparison.page.locator(f'.rep [data-do="reference"][value="{CODE}"]').click()
    expect(comparison.page.locator(".rep.first")).to_contain_text("Autoencoder")
    comparison.page.locator('.rep [data-do="drop"][value="pixels"]').click()
    expect(comparison.page.locator(".rep")).to_have_count(2)
    comparison.link(f"reps={CODE},{MEAN}")
    comparison.page.reload()
    expect(comparison.page.locator(".rep")).to_have_count(2)
    expect(comparison.page.locator(".rep.first")).to_contain_text("Autoencoder")


def test_an_untrained_network_is_offered(comparison):
    comparison.open("reps=pixels")
    comparison.do("cards").click()
    comparison.page.get_by_label("Search models and layers").fill("rbm untrained")
    comparison.page.locator('[data-do="choose"][value$="~untrained"]').first.click()
    expect(comparison.page.locator(".rep").nth(1)).to_contain_text("untrained")


def test_a_search_chooses_on_all_maps_and_a_link_brings_it_back(comparison):
    comparison.open()
    comparison.page.get_by_label("Search examples by label or number").fill("7")
    comparison.page.keyboard.press("Enter")
    expect(comparison.part("picked")).to_contain_text(re.compile(r"\d+ of 360 chosen"))
    said = comparison.part("picked").inner_text()
    comparison.link("pick=q:7")
    comparison.page.reload()
    expect(comparison.part("picked")).to_contain_text(said.strip())


def test_a_box_on_one_map_chooses_and_a_click_between_points_lets_go(comparison):
    comparison.open()
    box = comparison.cell(0).locator('[data-part="over"]').bounding_box()
    mouse = comparison.page.mouse
    comparison.page.keyboard.down("Shift")
    mouse.move(box["x"] + 20, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    mouse.up()
    comparison.page.keyboard.up("Shift")
    expect(comparison.part("picked")).to_contain_text("chosen")
    expect(comparison.part("selected").locator(".thumb").first).to_be_visible()
    comparison.page.locator('[data-part="picked"] button').click()
    expect(comparison.part("picked")).to_contain_text("360 test examples")


def test_a_suggested_selection_is_taken(comparison):
    comparison.open()
    comparison.do("suggestion").click()
    expect(comparison.part("picked")).to_contain_text("chosen")


def test_classes_are_hidden_on_all_maps(comparison):
    comparison.open()
    frames(comparison.page, 5)
    before = [comparison.ink(i) for i in range(5)]
    comparison.page.locator('[data-class="0"]').dblclick()
    comparison.link("hide=1.2.3.4.5.6.7.8.9")
    frames(comparison.page, 3)
    assert all(comparison.ink(i) < 0.5 * before[i] for i in range(5))


def test_colours_say_what_a_model_says(comparison):
    comparison.open()
    comparison.choose("colour", "value")
    wanted = f"{SHIPPED['digits-vae-2']}~elbo"
    comparison.page.get_by_label("Model that says the colour").select_option(wanted)
    expect(comparison.part("most")).to_contain_text("nats")
    comparison.link_holds(colour="value", under=wanted)
    comparison.page.reload()
    expect(comparison.part("most")).to_contain_text("nats")
    assert comparison.page.get_by_label("Model that says the colour").input_value() == wanted


def test_maps_in_three_dimensions_are_turned(comparison):
    comparison.open("method=pca-3d")
    for i in range(5):
        expect(comparison.cell(i).locator('[data-part="ask"]')).to_be_hidden()
    frames(comparison.page, 5)
    assert all(comparison.ink(i) > 200 for i in (*range(5), "morph"))
    look = "canvas => canvas.toDataURL()"
    before = [comparison.cell(i).locator('[data-part="dots"]').evaluate(look) for i in (0, 3)]
    box = comparison.cell(0).locator('[data-part="over"]').bounding_box()
    mouse = comparison.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 60)
    mouse.down()
    mouse.move(box["x"] + 100, box["y"] + 60, steps=4)
    mouse.up()
    comparison.link_holds(method="pca-3d", yaw="60")
    frames(comparison.page, 3)
    after = [comparison.cell(i).locator('[data-part="dots"]').evaluate(look) for i in (0, 3)]
    assert before[0] != after[0] and before[1] != after[1], "all maps turn together"
    comparison.cell(0).locator('[data-part="over"]').focus()
    comparison.page.keyboard.press("ArrowDown")
    comparison.link_holds(pitch="-5")
    comparison.page.reload()
    comparison.link_holds(yaw="60", pitch="-5")


def test_the_morph_plays_and_leaves_trails(comparison):
    comparison.open()
    slider = comparison.page.get_by_label("From map to map")
    expect(comparison.part("between")).to_have_text("pixels")
    comparison.page.locator('[data-do="play"]').click()
    expect(comparison.part("between")).to_contain_text("→")
    comparison.page.wait_for_function("() => Number(window.deep('[data-slide=\"morph\"]').value) > 0.3")
    assert comparison.ink("morph", "over") > 50
    comparison.page.locator('[data-do="play"]').click()
    slider.fill("2")
    comparison.link("morph=2")
    expect(comparison.part("between")).not_to_contain_text("→")


def test_the_matrix_opens_a_pair(comparison):
    comparison.open("mode=alike")
    cells = comparison.page.locator('.matrix [data-do="pair"]')
    expect(cells).to_have_count(30)  # five and the floor
    first = comparison.page.locator('.matrix [title^="pixels and PCA"], .matrix [title*="pixels and"]').first
    expect(first).to_have_text("1.00")
    comparison.page.locator('.matrix [value="1.2"]').first.click()
    comparison.link("pair=1.2")
    expect(comparison.part("disagree").locator(".thumb")).to_have_count(24)
    expect(comparison.part("geometry")).to_contain_text("TwoNN")
    expect(comparison.page.locator('[data-part="geometry"] svg')).to_have_count(5)
    comparison.page.locator('[data-choice="layers"][value="on"]').click()
    expect(comparison.page.locator(".matrix tbody tr")).to_have_count(14)


def test_neighbours_of_the_overlap_are_on_a_slider(comparison):
    comparison.open("mode=alike")
    below = comparison.page.locator(".matrix tbody tr").nth(2).locator("td button").first
    expect(below).to_be_visible()
    comparison.page.get_by_label("neighbours k").fill("1")
    comparison.link("k=1")
    expect(below).to_have_attribute("title", re.compile("k-NN overlap"))


def test_an_example_and_a_drawing_go_through_all(comparison):
    comparison.open("mode=image&pick=5")
    lines = comparison.page.locator(".through")
    expect(lines).to_have_count(5)
    for i in range(5):
        expect(lines.nth(i).locator(".thumb")).to_have_count(8)
    expect(lines.nth(2).locator('[data-part="back"]')).to_be_visible()
    expect(lines.nth(4).locator('[data-part="back"]')).to_be_hidden()
    before = lines.nth(0).locator(".near").inner_html()
    box = comparison.part("pad").bounding_box()
    mouse = comparison.page.mouse
    comparison.do("wipe").click()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 30, steps=8)
    mouse.up()
    expect(comparison.part("shown")).to_have_text("Your drawing")
    comparison.page.wait_for_function("() => new URLSearchParams(location.search).get('drawing')")
    until(comparison.page, lambda: lines.nth(0).locator(".near").inner_html() != before, "other neighbours")
    comparison.page.reload()
    expect(comparison.part("shown")).to_have_text("Your drawing")
    expect(comparison.page.locator(".through .thumb")).to_have_count(40)


def test_labels_are_read_out(comparison):
    comparison.open("mode=readout")
    expect(comparison.page.locator(".readout .counted tbody td small")).to_have_count(25)
    expect(comparison.page.locator(".curves g")).to_have_count(5)


def test_a_map_s_score_stands_beside(comparison):
    comparison.open("mode=readout&reps=pixels,pca-10")
    rows = comparison.page.locator(".readout .counted tbody tr")
    expect(rows.first.locator("td small")).to_have_count(5)
    full, flat = (rows.first.locator("td").nth(i).inner_text() for i in (3, 4))
    assert float(full.split()[0]) > float(flat.split()[0]) + 10
    comparison.choose("method", "umap")
    expect(rows.first.locator('[data-do="compute"]')).to_be_visible()
    comparison.choose("probe", "linear")
    comparison.link_holds(method="umap", probe="linear")
    comparison.page.reload()
    expect(rows.first.locator('[data-do="compute"]')).to_be_visible()


def test_confusions_of_two_representations_differ_and_show_their_images(comparison):
    comparison.open("mode=readout&reading=confusions")
    cells = comparison.page.locator(".confusion td button")
    expect(cells).to_have_count(100)
    expect(comparison.part("images").locator(".thumb").first).to_be_visible()
    comparison.page.get_by_label("Second representation").select_option("3")
    comparison.link_holds(versus="0.3")
    comparison.do("cell", "4.4").click()
    expect(comparison.part("images")).to_contain_text("4 read rightly")
    comparison.link_holds(cell="4.4")
    comparison.page.reload()
    expect(comparison.part("images")).to_contain_text("4 read rightly")
    assert comparison.page.get_by_label("Second representation").input_value() == "3"


def test_known_factors_are_read_out(comparison):
    comparison.open("dataset=sprites&mode=readout&reps=pca-10,pca-2")
    comparison.choose("reading", "factors")
    rows = comparison.page.locator(".readout .counted tbody tr")
    names = comparison.page.locator(".readout .counted thead th").count() - 1
    expect(rows.nth(1).locator("td small")).to_have_count(names)
    expect(comparison.page.locator(".curves rect")).to_have_count(2 * names)


@pytest.mark.parametrize("mode", ["maps", "alike", "image", "readout", "likelihoods"])
def test_every_tab_is_kept_as_figure_table_and_notebook(comparison, mode):
    comparison.open(f"mode={mode}&reps=pixels,pca-10,{CODE}")
    whole = {"maps": "[data-row]", "alike": ".matrix button:has-text('.')", "image": ".through .thumb"}
    ready = comparison.page.locator(whole.get(mode, ".counted tbody td small"))
    expect(ready.first).to_be_visible()
    expect(comparison.page.locator(".pending, .counted .muted:has-text('…')")).to_have_count(0)
    frames(comparison.page, 5)
    kept = {}
    for kind in ("svg", "png", "csv", "ipynb"):
        comparison.part("save").locator("summary").click()
        with comparison.page.expect_download() as download:
            comparison.do("save", kind).click()
        kept[kind] = Path(download.value.path()).read_bytes()
        assert download.value.suggested_filename.endswith(f".{kind}")
    figure = ElementTree.fromstring(kept["svg"])
    words = " ".join(figure.itertext())
    assert "pixels" in words and "PCA" in words and len(list(figure.iter())) > 30
    shown = Image.open(io.BytesIO(kept["png"]))
    assert shown.width == 2 * int(figure.get("width")) and len(shown.convert("RGB").getcolors(2**20)) > 20
    lines = list(csv.reader(io.StringIO(kept["csv"].decode())))
    assert len(lines) > 3 and len(json.loads(kept["ipynb"])["cells"]) > 1


def test_vectors_are_kept(comparison):
    comparison.open(f"reps=pixels,{CODE}")
    comparison.part("save").locator("summary").click()
    with comparison.page.expect_download() as download:
        comparison.do("vectors", CODE).click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 361 and download.value.suggested_filename == f"digits-{CODE.replace('~', '-')}.csv"


def test_vectors_are_brought_and_taken_away(tab, training_server, tmp_path):
    address, _ = training_server
    comparison = Comparison(tab, address, {}).open("reps=pixels,pca-2")
    comparison.do("cards").click()
    comparison.page.locator(".bring summary").click()
    file, files = tmp_path / "CLIP.npy", comparison.part("files")
    np.save(file, np.zeros((359, 2)))
    files.set_input_files(file)
    comparison.do("upload").click()
    expect(comparison.part("upload-says")).to_contain_text("359 vectors for 360 test examples")
    np.save(file, np.random.default_rng(0).normal(size=(360, 3)))
    files.set_input_files(file)
    comparison.do("upload").click()
    expect(comparison.page.locator(".rep")).to_have_count(3)
    expect(comparison.page.locator(".rep").nth(2)).to_contain_text("CLIP")
    comparison.link("reps=pixels,pca-2,upload~clip")
    comparison.page.reload()
    expect(comparison.page.locator(".rep").nth(2)).to_contain_text("CLIP")
    comparison.do("cards").click()
    comparison.do("forget", "upload~clip").click()
    expect(comparison.page.locator(".rep")).to_have_count(2)
    expect(comparison.do("forget")).to_have_count(0)
    tab.context.complaints[:] = [text for text in tab.context.complaints if "400" not in text]  # the refusal itself


def test_likelihoods_are_sorted_and_lead_to_their_pages(comparison):
    comparison.open("mode=likelihoods")
    table = comparison.page.locator(".likelihoods")
    expect(table.locator(".group-head").first).to_be_visible()
    comparison.page.wait_for_function("() => window.deep('canvas.strip[style]')")
    comparison.do("sort", "sample").click()
    comparison.link("sort=sample")
    comparison.do("sort", "parameters").click()
    comparison.link("sort=parameters")
    link = table.locator('a[href^="latent?checkpoint="]').first
    link.click()
    comparison.page.wait_for_url("**/latent?**")


def test_a_map_by_tsne_is_computed_in_the_background(tab, training_server, everything):
    address, shelf = training_server
    comparison = Comparison(tab, address, {}).open("dataset=digits&reps=pixels,pca-2&method=tsne&perplexity=10")
    comparison.do("compute").click()
    expect(comparison.cell(0).locator('[data-part="ask"]')).to_be_hidden()
    expect(comparison.cell(1).locator('[data-part="ask"]')).to_be_visible()


def test_mnist_is_compared_by_its_committed_test_images(comparison):
    comparison.open("dataset=mnist")
    expect(comparison.part("picked")).to_contain_text("10,000 test examples")
    assert len(comparison.names) == 5
    for i in range(5):
        expect(comparison.cell(i).locator('[data-part="ask"]')).to_be_hidden()
    frames(comparison.page, 5)
    assert all(comparison.ink(i) > 2_000 for i in (*range(5), "morph"))
    expect(comparison.part("changed").locator(".thumb")).to_have_count(24)
    comparison.tab("One image through all")
    for i in range(5):
        expect(comparison.page.locator(".through").nth(i).locator(".thumb")).to_have_count(8)
    comparison.tab("How alike are they?")
    expect(comparison.page.locator(".matrix td button").first).to_be_visible()
    expect(comparison.page.locator(".matrix .pending")).to_have_count(0)
    comparison.tab("Likelihoods")
    expect(comparison.page.locator("table.likelihoods")).to_contain_text("PixelCNN")
