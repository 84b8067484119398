"""Journeys through Sound: heard while it is drawn, forced, branched, zoomed."""

import numpy as np
from playwright.sync_api import expect

from .conftest import PATIENCE
from .studio import LOUD, Studio, levels_of
from .visitor import until

# -- drawn and heard ------------------------------------------------------------------------------


def test_a_sound_is_heard_as_it_was_drawn(studio):
    studio.open(query="&length=400&seed=3")
    studio.listen()
    for k in range(3):
        studio.do("play").click()
        studio.page.wait_for_function(LOUD)
        studio.page.wait_for_function(f"window.reports.filter(report => report.ended).length === {k + 1}")
        expect(studio.do("play")).to_have_attribute("data-shown", "play")
    last = studio.reports()[-1]
    assert last["heard"] == 3 * 3_200 and last["waited"] == 0 and last["position"] == 3_200
    assert len(studio.wav()) == 3_200


def test_it_pauses_and_goes_on_from_where_the_hand_puts_it(studio):
    studio.open(query="&length=4000&temperature=0.9")
    studio.listen()
    for _ in range(3):
        studio.do("play").click()
        studio.page.wait_for_function("window.reports.length > 3")
        studio.key(" ")
        expect(studio.do("play")).to_have_attribute("data-shown", "play")
        expect(studio.scrub).not_to_have_value("0")
        studio.do("first").click()
        expect(studio.scrub).to_have_value("0")
        studio.page.evaluate("window.reports.length = 0")
    studio.scrub.fill("31000")
    studio.do("play").click()
    studio.page.wait_for_function("window.reports.some(report => report.ended)")
    assert all(report["position"] >= 31_000 for report in studio.reports())


def test_a_key_plays_before_anything_has_the_focus(studio):
    studio.open(query="&length=4000&at=31000")
    studio.listen()
    for _ in range(3):
        studio.page.keyboard.press(" ")
        studio.page.wait_for_function("window.reports.some(report => report.ended)")
        expect(studio.do("play")).to_have_attribute("data-shown", "play")
        studio.page.evaluate("window.reports.length = 0; document.activeElement.blur()")
        studio.scrub.fill("31000")
        studio.page.evaluate("document.activeElement.blur()")


def test_without_an_audio_thread_the_page_itself_plays(studio):
    studio.open()
    studio.listen()
    studio.page.evaluate("Object.defineProperty(AudioContext.prototype, 'audioWorklet', { value: undefined })")
    studio.do("play").click()
    studio.page.wait_for_function(LOUD)
    expect(studio.do("play")).to_have_attribute("data-shown", "play")  # it has ended
    assert studio.reports() == []


def test_where_no_sound_can_be_started_it_is_said(studio):
    studio.open()
    studio.page.evaluate("delete window.AudioContext")
    for _ in range(3):
        studio.do("play").click()
        expect(studio.part("error")).to_contain_text("no Web Audio")
        expect(studio.do("play")).to_have_attribute("data-shown", "play")


def test_the_policy_of_the_guard_lets_worker_and_worklet_run(browser, sound_server, sound_models):
    context, said = browser.new_context(), []
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    studio = Studio(page, sound_server, sound_models)
    studio.open()
    studio.listen()
    studio.do("play").click()
    until(page, lambda: any(report["ended"] for report in studio.reports()), "heard to its end")
    assert not [text for text in said if "Content Security Policy" in text]
    context.close()


# -- what is drawn --------------------------------------------------------------------------------


def test_the_link_brings_the_same_sound_in_a_fresh_browser(studio, browser):
    studio.open(query="&length=250&seed=5&temperature=0.8&label=2&path=700.10,900*4")
    found = studio.wav()
    assert levels_of(found)[700] == 10
    studio.reload()
    assert np.array_equal(studio.drawn().wav(), found)
    context = browser.new_context(accept_downloads=True, bypass_csp=True)
    context.set_default_timeout(PATIENCE)
    other = Studio(context.new_page(), studio.server, studio.models)
    other.page.goto(studio.page.url)
    assert np.array_equal(other.drawn().wav(), found)
    context.close()


def test_seeds_classes_temperatures_draw_other_sounds(studio):
    found = studio.open().wav()
    for seed in (1, 2, 3):
        studio.do("again").click()
        studio.link_holds(seed=str(seed))
        found = studio.changed(found)
    for label in ("2", "4", "-1"):
        studio.page.locator('[data-pick="label"]').select_option(label)
        studio.link_holds(label=label)
        found = studio.changed(found)
    for temperature in ("0.5", "0.75", "1.5"):
        studio.page.locator('[data-slide="temperature"]').fill(temperature)
        studio.link_holds(temperature=temperature)
        found = studio.changed(found)
    for length in ("500", "300", "400"):
        studio.page.locator('[data-slide="length"]').fill(length)
        studio.link_holds(length=length)
        found = studio.changed(found)
        assert len(found) == 8 * int(length)


def test_a_sample_is_forced_and_what_follows_is_another_sound(studio):
    found = studio.open(query="&length=250&at=600").wav()
    past = [found]
    for level, at in ((20, 600), (200, 900), (90, 1_200)):
        studio.scrub.fill(str(at))
        studio.page.locator('[data-slide="level"]').fill(str(level))
        studio.do("force").click()
        found = studio.changed(found)
        assert levels_of(found)[at] == level and np.array_equal(found[:at], past[-1][:at])
        past.append(found)
    studio.in_link("path")
    for before in reversed(past[:-1]):
        studio.do("undo").click()
        found = studio.changed(found)
        assert np.array_equal(found, before)
    expect(studio.do("undo")).to_be_disabled()
    for after in past[1:]:
        studio.do("redo").click()
        found = studio.changed(found)
        assert np.array_equal(found, after)
    studio.reload()
    assert np.array_equal(studio.drawn().wav(), found)


def test_a_bar_is_clicked_and_another_sound_drawn_from_there(studio):
    found = studio.open(query="&length=250&at=500").wav()
    for k in range(3):
        box = studio.part("bars").bounding_box()
        studio.part("bars").click(position={"x": box["width"] * (0.2 + 0.3 * k), "y": box["height"] / 2})
        now = studio.changed(found)
        assert np.array_equal(now[:500], found[:500]) and now[500] != found[500]
        found = now
    for _ in range(3):
        studio.do("fork").click()
        now = studio.changed(found)
        assert np.array_equal(now[:500], found[:500])
        found = now


def test_dilations_are_switched_off_and_on(studio):
    found = studio.open(query="&length=250&at=900").wav()
    whole = found
    expect(studio.part("reach")).to_contain_text("32 samples, 4.00 ms")
    for dilation, left in (("8", 16), ("4", 8), ("1", 6)):
        studio.do("mute", dilation).click()
        expect(studio.part("reach")).to_contain_text(f"{left} samples")
        expect(studio.do("mute", dilation)).to_have_attribute("aria-pressed", "false")
        found = studio.changed(found)
    studio.link_holds(muted="1.4.8")
    studio.reload()
    assert np.array_equal(studio.drawn().wav(), found)
    studio.do("unmute").click()
    expect(studio.part("reach")).to_contain_text("32 samples")
    assert np.array_equal(studio.changed(found), whole)


def test_baselines_are_drawn_and_say_what_they_have_instead_of_dilations(studio):
    for model, words in (("gru", "Recurrent state"), ("linear", "Linear prediction")):
        found = studio.open(model, "&length=250&at=900&muted=2.4").wav()
        expect(studio.page.locator(".desk")).to_contain_text(words)
        expect(studio.part("facts")).to_contain_text("Multiplications")
        expect(studio.page.locator('[data-do="mute"], [data-do="unmute"], [data-part="tree"]')).to_have_count(0)
        expect(studio.part("reach")).to_have_text("Predictions depend on all samples before.")
        studio.do("again").click()
        again = studio.changed(found)
        studio.do("fork").click()
        forked = studio.changed(again)
        assert np.array_equal(forked[:900], again[:900])
        studio.reload()
        assert np.array_equal(studio.drawn().wav(), forked)


# -- looked at ------------------------------------------------------------------------------------


def test_it_zooms_by_buttons_keys_and_the_wheel(studio):
    studio.open()
    seen = studio.part("seen")
    expect(seen).to_have_text("250 ms seen")
    for button, key in (("nearer", "+"), ("farther", "-"), ("samples", "s"), ("all", "0")):
        digests = []
        for press in (lambda b=button: studio.do(b).click(), lambda k=key: studio.key(k)):
            studio.key("0", *(("+",) if button in ("farther", "all") else ()))
            press()
            studio.frames()
            digests.append(seen.inner_text())
        assert digests[0] == digests[1], button
    studio.key("0")
    box = studio.part("wave").bounding_box()
    studio.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    studio.page.mouse.wheel(0, -300)
    expect(studio.part("zoom-hint")).to_be_visible()
    expect(seen).to_have_text("250 ms seen")
    box = studio.part("wave").bounding_box()  # the wheel alone has scrolled the page
    studio.page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 60)
    studio.page.keyboard.down("Control")
    for _ in range(3):
        before = seen.inner_text()
        studio.page.mouse.wheel(0, -300)
        expect(seen).not_to_have_text(before)
    studio.page.keyboard.up("Control")
    studio.in_link("first", "span")
    before = seen.inner_text()
    studio.reload()
    studio.drawn()
    expect(seen).to_have_text(before)


def test_keys_walk_from_sample_to_sample_and_the_numbers_follow(studio):
    found = levels_of(studio.open(query="&length=250&at=500").wav())
    for step in range(1, 4):
        studio.key("ArrowRight")
        expect(studio.part("hover")).to_contain_text(f"sample {500 + step},")
        expect(studio.part("hover")).to_contain_text(f"(level {found[500 + step]})")
    for _ in range(3):
        studio.key("ArrowLeft")
    studio.link_holds(at="500")
    level = int(found[500])
    for step in range(1, 4):
        studio.key("ArrowUp" if level < 200 else "ArrowDown")
        expect(studio.part("says")).to_contain_text(f"Level {level + (step if level < 200 else -step)},")
    studio.key("Enter")
    forced = studio.changed(np.zeros(0))
    until(studio.page, lambda: levels_of(studio.wav())[500] != level, "forced")
    assert len(forced) == 2_000
