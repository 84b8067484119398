"""Journeys through the chains page."""

import io
import re
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from pages.gibbs.state import GibbsState
from pages.shared.state import from_query

from .conftest import SHIPPED, renamed, serving
from .player import STAGE, Player, bits
from .visitor import frames

# -- playing --------------------------------------------------------------------------------------


def test_the_page_opens_and_its_chains_move_by_themselves(player):
    player.open()
    assert player.playing and not player.error()
    player.moves()
    header, _ = player.message(0)
    assert (header["first"], header["chains"], header["start"]) == (0, 64, "model")
    assert all(player.message(i)[0]["first"] > 0 for i in range(1, player.asked))
    expect(player.page.get_by_text("What happens in one Gibbs step")).to_be_visible()
    expect(player.page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(2)


def test_pause_step_by_halves_and_play_on(player):
    player.open(fps=30)
    player.reach(4)
    player.pause()
    player.stands_still()
    t, title = player.frame, player.part("hidden-title")
    expect(title).not_to_contain_text("not yet updated")
    player.button("forward").click()
    assert player.frame == t + 1
    expect(title).to_contain_text("not yet updated")
    picture, hidden = player.picture(), player.picture('[data-part="hidden"]')
    player.button("forward").click()
    assert player.frame == t + 1 and player.picture() == picture, "the second half samples h, v stays"
    expect(title).not_to_contain_text("not yet updated")
    assert player.picture('[data-part="hidden"]') != hidden
    for _ in range(2):
        player.button("back").click()
    assert player.frame == t
    player.play()
    player.moves()


def test_everything_by_keyboard(player):
    player.open(fps=20)
    player.reach(12)
    player.press("Space")
    expect(player.button("play")).to_have_attribute("data-shown", "play")
    t = player.frame
    player.press("ArrowLeft", "ArrowLeft")
    assert player.frame == t - 1
    player.press("ArrowRight", "ArrowRight")
    assert player.frame == t
    player.press("Shift+ArrowLeft")
    assert player.frame == t - 10
    player.press("Shift+ArrowRight")
    assert player.frame == t
    player.press("Home")
    assert player.frame == 0
    newest = player.newest
    player.press("End")
    assert player.frame >= newest
    player.press("]")
    player.link_holds(fps="28")
    player.press("[", "[")
    player.link_holds(fps="14")
    player.press("p")
    player.link_holds(view="sample")
    player.press("P")
    player.link_holds(view=None)
    first = int(re.search(r"\d+", player.part("chain-name").inner_text()).group())
    player.press(".", ".", ",")
    expect(player.part("chain-name")).to_have_text(f"Chain {first % 64 + 1} of 64")
    player.press("?")
    expect(player.part("key-help")).to_be_visible()
    player.press("?")
    expect(player.part("key-help")).to_be_hidden()
    player.press("x")
    expect(player.part("off-count")).to_have_text("1 of 128 ablated")
    player.press("x")
    expect(player.part("off-count")).to_have_text("")
    player.press("h")
    expect(player.button("release")).to_be_enabled()
    player.press("u")
    expect(player.button("release")).to_be_disabled()
    player.press("n")
    seed = player.part("seed").or_(player.page.locator('[data-number="seed"]'))
    expect(seed).not_to_have_value("0")
    player.press("Space")
    player.reach(5)
    player.press("l")
    expect(player.button("loop")).to_have_attribute("aria-pressed", "true")
    end = player.newest
    player.page.wait_for_function(f"window.frameNow() < {end}")
    player.press("l", "r")
    player.page.wait_for_function("window.frameNow() < 5")


def test_keys_typed_into_a_field_are_not_commands(player):
    player.open()
    seed = player.page.locator('[data-number="seed"]')
    seed.click()
    player.press("Control+a")
    player.page.keyboard.type("123")
    player.press("Space")
    assert player.playing
    player.press("Enter")
    player.link_holds(seed="123")
    seed.fill("-5")
    player.press("Enter")
    expect(seed).to_have_value("123")


def test_scrubbing_by_range_and_by_timeline(player):
    player.open(fps=40)
    player.reach(30)
    player.part("scrub").fill("7")
    assert player.frame == 7 and not player.playing
    at_seven = player.picture()
    player.part("scrub").fill("20")
    assert player.picture() != at_seven
    player.part("scrub").fill("7")
    assert player.picture() == at_seven, "the film is kept, not drawn anew"
    player.drag(player.part("timeline"), (0.1, 0.3), (0.12, 0.3), (0.08, 0.5))
    moved = player.frame
    assert moved != 7 and not player.playing
    player.stands_still()
    player.play()
    player.page.wait_for_function(f"window.frameNow() > {moved + 3}")


def test_speed_changes_how_fast_the_film_runs(player):
    def frames_in(seconds: float) -> float:
        t, began = player.frame, time.perf_counter()
        player.page.wait_for_timeout(1000 * seconds)
        return (player.frame - t) / (time.perf_counter() - began)

    player.open(fps=60, chains=16)
    player.reach(30)
    fast = frames_in(0.8)
    player.slide("fps", 5)
    assert fast > 15 and 3 < frames_in(0.8) < 8


# -- settings -------------------------------------------------------------------------------------


def test_every_sampler_plays(player):
    player.open()
    for sampler in ("cd", "pt", "gibbs"):
        player.choose("sampler", sampler)
        expect(player.part("cd")).to_be_visible(visible=sampler == "cd")
        player.reach(2)
        assert player.message(-1)[0]["settings"]["sampler"] == sampler
        player.moves()


def test_three_samplers_side_by_side(player):
    player.open()
    player.choose("sampler", "compare")
    captions = player.page.locator(".stages figcaption")
    expect(captions).to_have_count(3)
    for caption, words in zip(captions.all(), ("CD-10", "Gibbs", "tempering"), strict=True):
        expect(caption).to_contain_text(words)
        expect(caption).to_contain_text("class change")
    chains = player.page.locator('[data-pick="chains"]')
    expect(chains).to_have_value("25")  # what the box says is what is shown
    expect(chains.locator("option", has_text="64")).to_be_disabled()
    expect(player.part("chain-name")).to_contain_text("of 25")
    pictures = [player.picture(f'canvas[data-stage="{s}"]') for s in ("cd", "gibbs", "pt")]
    assert all(pictures) and len(set(pictures)) == 3
    player.reach(3)
    assert {header["settings"]["sampler"] for header, _ in (player.message(-k) for k in range(1, 9))} == {
        "cd",
        "gibbs",
        "pt",
    }
    assert {header["chains"] for header, _ in (player.message(-k) for k in range(1, 4))} == {25}
    player.choose("sampler", "gibbs")
    expect(captions).to_have_count(1)
    expect(chains).to_have_value("64")
    player.moves()


def test_how_many_chains(player):
    player.open(start="noise")
    for chains in ("256", "1"):
        player.page.locator('[data-pick="chains"]').select_option(chains)
        player.link_holds(chains=chains)
        player.reach(2)
        player.moves()
        assert player.message(-1)[0]["chains"] == int(chains)
        picked = int(re.search(r"\d+", player.part("chain-name").inner_text()).group())
        player.press(*[","] * picked)
        expect(player.part("chain-name")).to_have_text(f"Chain {chains} of {chains}")
        player.press(".")
        expect(player.part("chain-name")).to_have_text(f"Chain 1 of {chains}")


def test_the_temperature_answers_while_it_is_dragged(player):
    player.open(chains=64)
    player.moves()
    slider = player.page.locator('input[data-slide="temperature"]')
    player.drag(slider, (0.6, 0.5), (0.9, 0.5), release=False)
    output = player.page.locator('[data-out="temperature"]')
    expect(output).not_to_have_text("T = 1.00")
    before = player.frame
    for share in (0.85, 0.8, 0.85, 0.9, 0.95):  # the finger is still down
        box = slider.bounding_box()
        player.page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"], steps=8)
    player.page.wait_for_function(f"window.frameNow() > {before}")
    player.page.mouse.up()
    temperature = float(output.inner_text().removeprefix("T = "))
    assert temperature > 2
    player.link_holds(temperature=f"{temperature:g}")
    player.moves()
    assert player.message(-1)[0]["settings"]["temperature"] == temperature


def test_a_change_keeps_the_past_and_draws_another_future(player):
    player.open(fps=30)
    player.reach(20)
    player.pause()
    player.part("scrub").fill("10")
    before = player.picture()
    player.part("scrub").fill("12")
    old_future = player.picture()
    player.part("scrub").fill("10")
    player.slide("temperature", 0.5)
    assert player.picture() == before
    expect(player.part("frame")).not_to_have_text("frame 10 of 10")
    player.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    assert player.frame == 12
    assert player.picture() not in (old_future, before)


def test_a_unit_switched_off_stays_off(player):
    player.open()
    player.moves()
    hidden = player.part("hidden")
    hidden.click(position={"x": 30, "y": 30})
    player.settle()
    unit = int(re.search(r"\d+", player.button("switch").inner_text()).group())
    player.after(player.button("switch").click)
    expect(player.part("off-count")).to_have_text("1 of 128 ablated")
    expect(player.button("switch")).to_contain_text("restore")
    header, _, _, answer = player.after()
    assert header["settings"]["off"] == [unit]
    assert not bits(answer["hidden"], 128)[..., unit].any()
    player.link_holds(off=str(unit))
    player.button("off-used").click()
    expect(player.part("off-count")).to_have_text("51 of 128 ablated")
    player.button("off-half").click()
    expect(player.part("off-count")).to_have_text("64 of 128 ablated")
    player.button("on-all").click()
    expect(player.part("off-count")).to_have_text("")
    player.link_holds(off=None)


def test_receptive_fields_open_and_pick(player):
    player.open()
    player.part("sheet").locator("summary").click()
    fields = player.part("fields")
    expect(fields).to_be_visible()
    player.page.wait_for_function("window.digest('[data-part=\"fields\"]') !== 0")
    name = player.part("unit-name").inner_text()
    fields.click(position={"x": 250, "y": 60})
    player.page.mouse.move(5, 5)
    expect(player.part("unit-name")).not_to_have_text(name)
    by_use = player.picture('[data-part="fields"]')
    player.choose("order", "index")
    assert player.picture('[data-part="fields"]') != by_use
    player.part("mark-on").check()
    player.moves()


def test_the_slider_of_the_temperature_writes_links_that_are_read(player):
    player.open(chains=4)
    for end, text in ((0.7, "5"), (-1, "0.1")):
        player.slide("temperature", end)
        player.link_holds(temperature=text)
        state, problems = from_query(GibbsState, player.link)
        assert not problems and state.temperature == float(text)


def test_the_chain_that_is_shown_large_is_chosen_by_a_rule(player):
    """The most confident reading at frame 0, then the lowest free energy, until another is picked."""
    player.open(chains=36, start="noise", frame=0)
    _, answer = player.message(0, "got")
    confidence, energy = answer["confidence"][0].astype(int), answer["free_energy"][0]
    wanted = min(range(36), key=lambda c: (-confidence[c], energy[c]))
    expect(player.part("chain-name")).to_have_text(f"Chain {wanted + 1} of 36")
    expect(player.part("chain-name")).to_have_attribute(
        "title", re.compile("most confident class prediction at frame 0")
    )
    assert "chain" not in player.link
    player.press(".")
    player.link_holds(chain=str((wanted + 1) % 36))
    player.press("n")
    expect(player.part("chain-name")).to_have_text(f"Chain {(wanted + 1) % 36 + 1} of 36")


def test_how_well_each_sampler_mixes_is_said(player):
    player.open(sampler="compare", start="noise", fps=60)
    player.reach(40)
    player.pause()
    says = player.part("mixing-says").locator("span")
    expect(says).to_have_count(3)
    wanted = ("CD restarts every 10 steps", "Gibbs τ [≈>]", "tempering τ [≈>]")
    for words, each in zip(wanted, says.all(), strict=True):
        expect(each).to_have_text(re.compile(words))
    assert player.picture('[data-part="mixing"]')
    player.page.locator('[data-pick="chains"]').select_option("4")
    expect(says.first).to_contain_text("needs at least 9 chains")


def test_a_sampler_is_named_for_what_it_is_to_this_model(player, machines):
    player.open(checkpoint=machines["digits-rbm"])
    expect(player.page.locator("figcaption").first).to_contain_text("one long chain, as in PCD-5")
    player.choose("sampler", "cd")
    expect(player.page.locator("figcaption").first).to_contain_text("CD-10: restarts every 10 steps")
    player.page.locator('[data-number="cd"]').fill("3")
    player.press("Enter")
    expect(player.page.locator("figcaption").first).to_contain_text("CD-3: restarts every 3 steps")


# -- before anything has come ---------------------------------------------------------------------


def test_hands_that_are_faster_than_the_server(tab, server):
    """Neither frames nor weights ever come; whatever is pressed, dragged or typed, nothing is thrown."""
    tab.route(re.compile(r"/api/"), lambda route: None)
    tab.goto(f"{server}/gibbs")
    tab.wait_for_function("window.deep('.player [data-part=\"frame\"]')?.textContent")
    tab.evaluate("window.press_everything()")
    tab.goto(f"{server}/gibbs?start=drawing&sampler=compare&frame=12&held=a.b")
    tab.wait_for_function("window.deep('.player [data-part=\"frame\"]')?.textContent")
    tab.evaluate("window.press_everything()")


# -- holding and drawing --------------------------------------------------------------------------


def holds(planes: dict, answer: dict) -> None:
    """Every answered frame keeps the pixels that were posted as held."""
    mask = planes["clamp_mask"] > 0
    shown = bits(answer["sample"], 64)[..., mask]
    assert (shown == (planes["clamp_grey"][mask] > 127)).all()
    free = bits(answer["sample"], 64)[..., ~mask]
    assert free.any() and not free.all()


def test_the_top_half_is_held_in_every_chain(player):
    player.open(fps=20)
    player.moves()
    _, planes, _, answer = player.after(player.button("top").click)
    assert np.array_equal(planes["clamp_mask"].reshape(8, 8), np.repeat([[1], [0]], 4, 0).repeat(8, 1))
    holds(planes, answer)
    _, planes, _, answer = player.after()
    holds(planes, answer)
    for other in ("left", "hole"):
        _, planes, _, answer = player.after(player.button(other).click)
        holds(planes, answer)
    _, planes, _, _ = player.after(player.button("release").click)
    expect(player.button("release")).to_be_disabled()
    player.until(player.asked, lambda header, planes: "clamp_mask" not in planes)


def test_ink_painted_by_hand_is_held_while_the_pen_moves(player):
    player.open(fps=20)
    player.moves()
    player.choose("tool", "on")
    pad = player.part("visible")
    player.drag(pad, (0.2, 0.3), (0.8, 0.3), (0.8, 0.6), release=False)
    _, planes, _, answer = player.after()
    holds(planes, answer)
    player.page.mouse.up()
    _, planes, _, answer = player.until(
        player.asked, lambda header, planes: planes["clamp_mask"].reshape(8, 8)[3:5, 6].all()
    )
    mask = planes["clamp_mask"].reshape(8, 8)
    assert mask[2, 2:6].all() and mask[3:5, 6].all() and not mask[7].any()
    assert (planes["clamp_grey"][mask.reshape(-1) > 0] == 255).all()
    holds(planes, answer)
    player.choose("tool", "off")
    player.drag(pad, (0.2, 0.9), (0.8, 0.9))
    _, planes, _, answer = player.until(
        player.asked, lambda header, planes: planes["clamp_mask"].reshape(8, 8)[7, 2:6].all()
    )
    assert (planes["clamp_grey"].reshape(8, 8)[7, 2:6] == 0).all()
    holds(planes, answer)
    player.choose("tool", "free")
    player.drag(pad, (0.1, 0.3), (0.95, 0.3), (0.8, 0.3), (0.8, 0.7))
    _, planes, _, _ = player.until(
        player.asked, lambda header, planes: not planes["clamp_mask"].reshape(8, 8)[2, 2:6].any()
    )
    assert planes["clamp_mask"].reshape(8, 8)[7, 2:6].all()
    player.button("release").click()
    expect(player.button("release")).to_be_disabled()


def test_chains_start_from_a_drawing(player):
    player.open(chains=9)
    player.choose("start", "drawing")
    expect(player.part("hint")).to_contain_text("pad is empty")
    expect(player.part("pad-says")).to_be_visible()
    assert not any(player.message(i)[0]["start"] == "drawing" for i in range(player.asked))
    asked = player.asked
    player.drag(player.part("visible"), (0.5, 0.15), (0.5, 0.85))
    player.page.wait_for_function("new URLSearchParams(location.search).get('drawing')")
    player.link_holds(start="drawing")
    expect(player.part("hint")).to_be_hidden()

    def whole(header, planes) -> bool:
        stroke = planes.get("drawing", np.zeros(64)).reshape(8, 8)[2:6, 3:5]
        return header["first"] == 0 and stroke.max(1).min() > 127

    header, planes, _, answer = player.until(asked, whole)
    assert header["start"] == "drawing" and not planes["drawing"].reshape(8, 8)[:, 7].any()
    assert (bits(answer["sample"][0], 64) == (planes["drawing"] > 127)).all(), "all chains begin as it was drawn"
    player.moves()
    player.choose("pen", "rub")
    asked = player.asked
    player.drag(player.part("visible"), (0.5, 0.5), (0.5, 0.9))
    ink = planes["drawing"].astype(int).sum()
    player.until(asked, lambda header, planes: planes.get("drawing", np.full(64, 255)).astype(int).sum() < ink)
    player.button("blank").click()
    expect(player.part("hint")).to_contain_text("pad is empty")
    asked = player.asked
    player.press("Space", "Space", "r")
    player.settle()
    assert player.asked == asked, "no chain starts from an empty pad"
    player.choose("start", "model")
    expect(player.part("hint")).to_be_hidden()
    player.moves()


# -- the link -------------------------------------------------------------------------------------

LINKS = [
    {"start": "noise", "seed": 5, "frame": 30},
    {"start": "test", "seed": 2, "chains": 9, "temperature": 0.7, "sweeps": 3, "frame": 12, "view": "sample"},
    {"start": "class", "digit": "3", "sampler": "cd", "cd": 4, "frame": 17, "chain": 5},
    {"sampler": "pt", "chains": 16, "frame": 21, "off": "3.40.77"},
    {"sampler": "compare", "chains": 9, "seed": 8, "frame": 9},
]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: "-".join(map(str, link.values())))
def test_a_link_brings_the_same_picture_back(player, context, server, machines, link):
    player.open(checkpoint=machines["digits-rbm"], **link)
    player.page.wait_for_function(f"window.frameNow() === {link['frame']}")
    expect(player.part("frame")).not_to_contain_text("→")
    player.link_holds(**{k: str(v) for k, v in link.items()})
    other = Player(context.new_page(), server)
    other.page.goto(player.page.url)
    other.ready()
    expect(other.part("frame")).not_to_contain_text("→")
    assert other.frame == link["frame"] and not other.playing
    for canvas in (STAGE, '[data-part="visible"]', '[data-part="hidden"]'):
        assert player.picture(canvas) == other.picture(canvas) != 0


def test_settings_made_by_hand_come_back_from_the_link(player, context, server, machines):
    player.open()
    player.choose("start", "noise")
    player.page.locator('[data-number="seed"]').fill("77")
    player.press("Enter")
    player.slide("sweeps", 2)
    player.slide("temperature", -0.2)
    player.slide("fps", 25)
    player.press("r")
    player.page.wait_for_function("window.frameNow() < 10")
    player.reach(10)
    player.pause()
    player.link_holds(frame=str(player.frame))
    wanted = {"start": "noise", "seed": "77", "sweeps": "3", "temperature": "0.63", "fps": "25"}
    assert player.link == wanted | {"frame": str(player.frame), "checkpoint": machines["digits-rbm"]}
    other = Player(context.new_page(), server)
    other.page.goto(player.page.url)
    other.ready()
    expect(other.part("frame")).not_to_contain_text("→")
    assert (other.frame, other.picture()) == (player.frame, player.picture())


def test_what_is_held_and_drawn_comes_back_from_the_link(player, context, server):
    player.open(chains=9, fps=20)
    player.choose("start", "drawing")
    player.drag(player.part("visible"), (0.3, 0.2), (0.7, 0.2), (0.4, 0.9))
    player.page.wait_for_timeout(200)
    player.reach(2)
    player.button("top").click()
    player.press("r")
    player.reach(8)
    player.pause()
    player.link_holds(frame=str(player.frame))
    assert {"drawing", "held"} <= set(player.link)
    other = Player(context.new_page(), server)
    other.page.goto(player.page.url)
    other.ready()
    expect(other.part("frame")).not_to_contain_text("→")
    assert (other.frame, other.picture()) == (player.frame, player.picture())
    pad = '[data-part="visible"]'
    assert other.picture(pad) == player.picture(pad)
    other.choose("pen", "draw")  # under the pen too, what is clamped shows its ink
    other.page.mouse.move(2, 2)
    other.settle()
    top = [pixel(other, (j + 0.5) / 8, (i + 0.5) / 8) for i in range(4) for j in range(8)]
    assert any(min(rgb) > 180 for rgb in top), "clamped on: white under its tint"
    assert any(rgb[0] < 60 and rgb[2] > rgb[0] + 30 for rgb in top), "clamped off: black under its tint"


def pixel(player, x: float, y: float) -> list[int]:
    """Red, green, blue of the pad at shares of its width and height."""
    script = """([x, y]) => {
      const canvas = window.deep('[data-part="visible"]');
      return [...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
    }"""
    return player.page.evaluate(script, [x, y])


def test_reloading_in_the_middle(player):
    player.open(fps=30, start="noise")
    player.reach(15)
    player.pause()
    player.link_holds(frame=str(player.frame))
    before = player.frame, player.picture()
    player.page.reload()
    player.ready()
    player.page.wait_for_function(f"window.frameNow() === {before[0]}")
    assert player.picture() == before[1]
    player.play()
    player.link_holds(frame=None)
    player.page.reload()
    player.ready()
    player.moves()


def test_clamped_pixels_of_real_values_come_back_from_the_link(player, machines):
    """A mask has one bit per pixel, values have four; links that had four for both are still read."""
    player.open(checkpoint=machines["faces-rbm"], chains=4, frame=3)
    player.button("top").click()
    player.page.wait_for_function("new URLSearchParams(location.search).get('held')")
    mask, values = player.link["held"].split(".")
    assert len(mask) == -(-1024 // 6) and len(values) == -(-4 * 1024 // 6)
    four = "_" * (4 * 512 // 6) + "w" + "A" * (len(values) - 4 * 512 // 6 - 1)
    for text in (mask, four):
        player.open(checkpoint=machines["faces-rbm"], chains=4, frame=3, held=f"{text}.{values}")
        expect(player.button("release")).to_be_enabled()
        sent = player.message(0)[1]
        assert np.array_equal(sent["clamp_mask"].reshape(32, 32)[:, 0], np.repeat([1, 0], 16))


def test_a_class_name_of_markup_stays_text(tab, training_server, tmp_path):
    """Names come from folders that people bring: nowhere on the page may they become elements."""
    name = '<img src=x onerror="window.broken=1">'
    shown = renamed(tmp_path, SHIPPED["digits-rbm"], name)
    with serving(training_server, shown) as address:
        player = Player(tab, address).open(checkpoint=shown.name, frame=2)
        expect(player.part("chain-class")).to_contain_text(name)
        expect(player.page.locator('[data-pick="digit"] option').first).to_have_text(f"{name}0")
        assert not player.page.locator(".player img").count() and not player.page.evaluate("window.broken")
        tab.goto("about:blank")  # before its model is gone


def test_odd_links_still_play(player):
    player.open(start="class", digit="ten", off="9999", chain=200, drawing="!!", held="a.b", chains=4)
    assert not player.error()
    player.moves()


# -- machines, tabs, pages ------------------------------------------------------------------------


def pick_machine(player, words: str) -> None:
    player.page.get_by_test_id("stSelectbox").locator("input").click()
    player.page.get_by_role("option", name=re.compile(words)).click()


def test_another_machine_plays_on_with_the_same_settings(player, machines):
    player.open(start="noise", temperature=0.8, chains=16)
    player.moves()
    for words, name in (("20 hidden", "digits-rbm-exact"), ("faces", "faces-rbm"), ("128 hidden", "digits-rbm")):
        pick_machine(player, words)
        player.link_holds(checkpoint=machines[name], temperature="0.8", chains="16", start="noise")
        player.ready()
        player.moves()
        assert not player.error()
        header, _ = player.message(-1)
        assert (header["start"], header["chains"], header["settings"]["temperature"]) == ("noise", 16, 0.8)
        expect(player.page.locator(".player")).to_have_count(1)


def test_two_tabs_do_not_disturb_each_other(player, context, server):
    player.open(start="noise", seed=3, chains=9)
    other = Player(context.new_page(), server).open(sampler="pt", chains=4)
    other.choose("view", "sample")
    other.moves()
    player.page.bring_to_front()
    player.moves()
    assert "view" not in player.link and player.message(-1)[0]["settings"]["sampler"] == "gibbs"
    assert other.message(-1)[0]["chains"] == 4


def test_back_to_the_first_page_and_to_the_chains_again(player):
    page = player.page
    page.goto(player.server)
    expect(page.locator(".player.home")).to_have_count(1)
    for _ in range(2):
        page.get_by_role("link", name="Gibbs chains").first.click()
        player.ready()
        expect(page.locator(".player")).to_have_count(1)
        player.moves()
        player.press("Space")
        expect(player.button("play")).to_have_attribute("data-shown", "play")
        player.press("Space")
        expect(player.button("play")).to_have_attribute("data-shown", "pause")
        page.get_by_role("link", name="Playground").first.click()
        expect(page.locator(".player.home")).to_have_count(1)
        expect(page.locator(".player")).to_have_count(1)
        page.locator('[data-page="gibbs"]:not([aria-busy])').wait_for()
    asked = player.asked
    page.locator('[data-do="another"]').click()
    page.wait_for_function(f"window.exchanges.length > {asked}")
    frames(page, 60)
    later = [player.message(i)[0] for i in range(asked, player.asked)]
    assert all(header["chains"] == 8 for header in later), "only Home's tile still asks for frames"


# -- saving, space, stress ------------------------------------------------------------------------


def test_a_picture_and_a_film_can_be_saved(player, tmp_path):
    player.open(fps=30, chains=9)
    player.reach(12)
    player.pause()
    with player.page.expect_download() as waiting:
        player.button("png").click()
    name = waiting.value.suggested_filename
    assert name.endswith(f"-frame-{player.frame}.png")
    waiting.value.save_as(tmp_path / name)
    picture = Image.open(tmp_path / name)
    assert picture.size[0] > 200 and len(picture.convert("L").getcolors()) > 10
    with player.page.expect_download() as waiting:
        player.button("gif").click()
    film = Image.open(io.BytesIO(waiting.value.path().read_bytes()))
    assert film.format == "GIF" and film.n_frames == player.frame + 1
    assert film.info["duration"] == pytest.approx(1000 / 30, abs=5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_sideways(player, scheme):
    page = player.page
    page.emulate_media(color_scheme=scheme)
    wider = """() => {
      const main = document.querySelector('[data-testid="stMain"]');
      return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
    }"""

    def fits() -> None:
        for width in (390, 768, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(150)
            # charts and canvases follow the size a little later, on a busy machine more than a little
            page.wait_for_function(f"({wider})() <= 0")

    player.open(chains=16)
    fits()
    player.choose("sampler", "compare")
    player.reach(1)
    fits()
    page.goto(player.server)
    page.wait_for_function("window.digest('[data-part=\"pad\"]') !== 0")
    fits()
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 384) == (scheme == "dark")


def test_a_picked_tile_becomes_the_chain_in_the_panel(player):
    player.open(chains=16)
    stage = player.page.locator(STAGE)
    box = stage.bounding_box()
    stage.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.6})
    expect(player.part("chain-name")).to_have_text("Chain 11 of 16")
    player.link_holds(chain="10")


def test_fast_fingers_break_nothing(player):
    """Every button that stays on the page, and keys, as fast as they can be pressed; then it still plays."""
    player.open(chains=25)
    player.page.evaluate(
        """async () => {
          const root = window.deep(".player");
          let random = 7;
          const next = (n) => (random = (random * 16807) % 2147483647) % n;
          const keys = [" ", "ArrowLeft", "ArrowRight", "Home", "End", ..."lrn[]p,.xhu?"];
          const until = performance.now() + 2500;
          while (performance.now() < until) {
            const all = [...root.querySelectorAll("button:not(:disabled)")];
            const buttons = all.filter((b) => !["png", "gif"].includes(b.dataset.do));
            buttons[next(buttons.length)].click();
            const stroke = { key: keys[next(keys.length)], shiftKey: next(4) === 0, bubbles: true, cancelable: true };
            window.dispatchEvent(new KeyboardEvent("keydown", stroke));
            const range = [...root.querySelectorAll("input[type=range]:not(:disabled)")];
            const input = range[next(range.length)];
            input.value = Number(input.min) + (next(1000) / 1000) * (input.max - input.min);
            input.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
            const canvas = window.deep('[data-part="visible"]');
            const box = canvas.getBoundingClientRect();
            const at = { clientX: box.left + next(200), clientY: box.top + next(200), bubbles: true };
            canvas.dispatchEvent(new PointerEvent("pointermove", at));
            await new Promise((done) => setTimeout(done, next(25)));
          }
        }"""
    )
    player.choose("start", "model")
    player.choose("sampler", "gibbs")
    player.press("r")
    player.play()
    assert not player.error()
    player.moves()
