"""Journeys through Sound: what a sound begins with, recordings that are read, two tabs."""

import math

import numpy as np
import torch
from playwright.sync_api import expect

from core import data
from pages.sound import loading

from .studio import levels_of, wav_file

# -- what it begins with --------------------------------------------------------------------------


def test_it_goes_on_from_a_recording(studio):
    found = studio.open(query="&length=400").wav()
    recordings = data.load_test("tones").test
    studio.choose("begin", "recording")
    for row in (0, 1, 2):
        found = studio.changed(found)
        assert np.array_equal(levels_of(found)[:2_000], recordings[row, :2_000])
        assert not np.array_equal(levels_of(found)[:3_200], recordings[row, :3_200])
        studio.do("another").click()
    found = studio.changed(found)
    for share in ("10", "30", "20"):
        studio.page.locator('[data-slide="share"]').fill(share)
        studio.link_holds(share=share)
        found = studio.changed(found)
        assert np.array_equal(levels_of(found)[: 40 * int(share)], recordings[3, : 40 * int(share)])


def test_it_goes_on_from_a_drawn_wave(studio):
    found = studio.open(query="&length=400").wav()
    studio.choose("begin", "wave")
    found = studio.changed(found)
    for shape in ("saw", "square", "pulse"):
        studio.do("shape", shape).click()
        found = studio.changed(found)
        period = found[400:1_200].astype(float)  # 12 periods of 120 Hz
        assert np.abs(period).max() > 5_000
    for pitch in ("200", "400", "100"):
        studio.page.locator('[data-slide="pitch"]').fill(pitch)
        studio.link_holds(pitch=pitch)
        found = studio.changed(found)
        spectrum = np.abs(np.fft.rfft(found[240:1_040].astype(float)))
        assert spectrum[1:].argmax() + 1 == int(pitch) // 10
    box = studio.part("pad").bounding_box()
    studio.page.mouse.move(box["x"] + 20, box["y"] + 10)
    studio.page.mouse.down()
    studio.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 60, steps=6)
    studio.page.mouse.up()
    found = studio.changed(found)
    studio.in_link("wave")
    studio.reload()
    assert np.array_equal(studio.drawn().wav(), found)


def test_it_goes_on_from_a_file_and_says_what_is_wrong_with_another(studio):
    found = studio.open(query="&length=400").wav()
    studio.choose("begin", "file")
    field = studio.page.locator('input[type="file"]')
    for pitch, rate, channels in ((440, 8_000, 1), (300, 96_000, 2), (500, 44_100, 1)):
        t = np.arange(rate) / rate
        samples = np.repeat(0.5 * np.sin(2 * np.pi * pitch * t), channels)
        body = wav_file(samples, rate, channels)
        field.set_input_files({"name": f"{pitch}.wav", "mimeType": "audio/wav", "buffer": body})
        expect(studio.part("own")).to_have_text(f"{pitch}.wav, 1,000 ms")
        found = studio.changed(found)
        spectrum = np.abs(np.fft.rfft(found[800:2_400].astype(float)))  # 200 ms: 5 Hz a bin
        assert spectrum[1:].argmax() + 1 == pitch // 5
    for name, body in (("broken.wav", b"RIFF\x00\x00"), ("note.txt", b"no sound"), ("empty.wav", b"")):
        field.set_input_files({"name": name, "mimeType": "audio/wav", "buffer": body})
        expect(studio.part("error")).to_contain_text(f"{name}: this browser cannot read it as a sound")


def test_of_a_long_file_the_beginning_is_taken_and_something_is_left_to_draw(studio):
    studio.open(query="&begin=file&length=250")
    sweep = 0.5 * np.sin(np.linspace(0, 9, 6 * 8_000) ** 4)
    field = studio.page.locator('input[type="file"]')
    field.set_input_files({"name": "sweep.wav", "mimeType": "audio/wav", "buffer": wav_file(sweep, 8_000, 1)})
    expect(studio.part("own")).to_have_text("sweep.wav, the first 4,000 of 6,000 ms")
    studio.link_holds(length="2400")  # half of what is taken, and 400 ms
    assert len(studio.drawn().wav()) == 2_400 * 8
    studio.page.locator('[data-slide="share"]').fill("100")
    studio.link_holds(length="4000")
    expect(studio.part("facts")).to_contain_text("Nothing is left to draw")


def test_what_was_drawn_is_read(studio):
    studio.open("spoken", "&length=250&label=7&speaker=1")
    for seed in ("3", "4", "5"):
        studio.page.locator('[data-pick="seed"]').fill(seed)
        studio.page.keyboard.press("Enter")
        studio.link_holds(seed=seed)
        found = studio.drawn().wav()
        studio.do("read").click()
        expect(studio.part("own")).to_contain_text(f"seed {seed}, 250 ms")
        expect(studio.part("verdict")).to_contain_text("likeliest as")
        assert np.array_equal(studio.drawn().wav(), found)
        studio.page.locator('[data-tab="draw"]').click()
    studio.page.locator('[data-tab="hear"]').click()
    studio.link_holds(mode="hear", read="file")
    studio.reload()
    expect(studio.part("total")).to_contain_text("Nothing to read yet")
    expect(studio.part("stack")).to_be_hidden()
    studio.choose("read", "recording")
    expect(studio.part("verdict")).to_contain_text("likeliest as")


def test_a_microphone_that_is_refused_is_said(studio):
    studio.open(query="&begin=file&length=250")
    refuses = "async () => { throw new DOMException('no', 'NotAllowedError') }"
    studio.page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refuses} }}")
    studio.do("record").click()
    expect(studio.part("error")).to_contain_text("microphone was not allowed")


# -- what it hears --------------------------------------------------------------------------------


MEAN = r"([\d.]+) bits per sample"


def bits_of(name: str, levels: np.ndarray, *conditions: int | None) -> np.ndarray:
    """Bits of each sample, of a class and a speaker; None for the mean of all."""
    x, given = (
        torch.from_numpy(levels.astype(np.int64))[None],
        [c if c is None else torch.tensor([c]) for c in conditions],
    )
    return -loading.sound_model(name).model.log_probs(x, *given)[0].double().numpy() / math.log(2)


def test_a_recording_costs_what_the_model_says(studio):
    name, dataset = studio.models["spoken"].name, data.load_test("fsdd")
    studio.open("spoken", "&mode=hear&clip=4&at=300")
    rows = [4, 5, 6]
    for row in rows:
        studio.drawn()
        levels = dataset.test[row, : dataset.test_lengths[row]]
        label, speaker = int(dataset.test_labels[row]), int(dataset.test_factors["speaker"][row])
        bits = bits_of(name, levels, label, speaker)
        studio.says_number("total", MEAN, bits.mean(), 2e-3)
        studio.says_number("hover", r"([\d.]+) bits", bits[300], 0.02)
        costs = [bits_of(name, levels, k, speaker).sum() for k in range(10)]
        studio.scrub.fill("0")
        expect(studio.part("verdict")).to_contain_text(f"All of it: likeliest as {int(np.argmin(costs))}")
        expect(studio.page.locator(".rows button")).to_have_count(10)
        studio.scrub.fill("300")
        expect(studio.part("verdict")).to_contain_text("Its first")
        if row != rows[-1]:
            studio.do("another").click()
            studio.link_holds(clip=str(row + 1))
    studio.link_holds(clip="6")
    studio.reload()
    studio.drawn()
    studio.says_number("total", MEAN, bits.mean(), 2e-3)
    for label in ("3", "7", "-1"):
        studio.page.locator('[data-pick="read_label"]').select_option(label)
        studio.link_holds(read_label=label)
        read = bits_of(name, levels, None if label == "-1" else int(label), speaker)
        studio.says_number("total", MEAN, read.mean(), 2e-3)


def test_a_recording_and_its_predictions_are_heard(studio):
    studio.open("spoken", "&mode=hear&clip=1")
    studio.listen()
    for play in ("recording", "ahead", "recording"):
        studio.choose("play", play)
        studio.page.evaluate("window.reports.length = 0")
        studio.scrub.fill("0")
        studio.do("play").click()
        studio.page.wait_for_function("window.reports.some(report => report.ended)")
        found = levels_of(studio.wav())
        dataset = data.load_test("fsdd")
        true = dataset.test[1, : dataset.test_lengths[1]]
        assert len(found) == len(true) and np.array_equal(found, true) == (play == "recording")


def test_tabs_keep_what_they_show(studio):
    studio.open(query="&length=250&seed=9&begin=wave")
    found = studio.wav()
    for _ in range(3):
        studio.page.locator('[data-tab="hear"]').click()
        expect(studio.part("verdict")).to_contain_text("likeliest as")
        studio.page.locator('[data-tab="draw"]').click()
        studio.drawn()
        assert np.array_equal(studio.wav(), found)
    studio.link_holds(begin="wave", seed="9", read=None)
