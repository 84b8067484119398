"""What a visitor does on the page Sound. The loudspeaker is a real Web Audio graph, whose samples are looked at."""

import io
import math
import re
import wave

import numpy as np
from playwright.sync_api import Locator, expect

from core.numerics import mulaw

from .visitor import Visitor, until

WHOLE = re.compile(r"^[\d,]+ samples$")  # what is said of a sound of which nothing is missing
# what the loudspeaker says, and what it is given: patched before the first click makes one
LISTEN = """() => {
  window.reports = [];
  window.analysers = [];
  const Node = window.AudioWorkletNode, Analyser = window.AnalyserNode;
  window.AudioWorkletNode = class extends Node {
    constructor(...given) {
      super(...given);
      this.port.addEventListener("message", ({ data }) => window.reports.push(data));
    }
  };
  window.AnalyserNode = class extends Analyser {
    constructor(...given) {
      super(...given);
      window.analysers.push(this);
    }
  };
}"""
LOUD = """() => window.analysers.some(node => {
  const samples = new Float32Array(node.fftSize);
  node.getFloatTimeDomainData(samples);
  return samples.some(x => Math.abs(x) > 0.01);
})"""


class Studio(Visitor):
    """The page as a visitor has it."""

    def open(self, model: str = "tones", query: str = "&length=250") -> "Studio":
        self.page.goto(f"{self.server}/sound?checkpoint={self.models[model].name}{query}")
        return self.drawn()

    def drawn(self) -> "Studio":
        """Once the whole sound is drawn, or read."""
        expect(self.page.locator(".panel > div:not([aria-busy])")).to_have_count(1)
        expect(self.part("progress")).to_have_text(WHOLE)
        return self

    def wav(self) -> np.ndarray:
        """The samples of what is drawn, as the file that is saved has them."""
        with self.page.expect_download() as saved:
            self.do("wav").click()
        with wave.open(str(saved.value.path())) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8_000)
            return np.frombuffer(file.readframes(file.getnframes()), "<i2")

    def listen(self) -> None:
        self.page.evaluate(LISTEN)

    def reports(self) -> list[dict]:
        return self.page.evaluate("window.reports")

    @property
    def scrub(self) -> Locator:
        return self.page.locator('[data-slide="scrub"]')

    def number(self, part: str, pattern: str) -> float:
        """The number that a part says; NaN where it says none."""
        found = re.search(pattern, self.part(part).inner_text())
        return float(found[1]) if found else math.nan

    def says_number(self, part: str, pattern: str, value: float, off: float) -> None:
        """Wait until a part says this number, which may be off by so much."""
        until(self.page, lambda: abs(self.number(part, pattern) - value) < off, f"{part}: {value}")

    def changed(self, before: np.ndarray) -> np.ndarray:
        """Another sound than before, once it is drawn."""
        found = []

        def holds() -> bool:
            self.drawn()
            found[:] = [self.wav()]
            self.drawn()
            # not the first part of one that was just begun
            return not np.array_equal(found[0], before) and np.array_equal(found[0], self.wav())

        until(self.page, holds, "another sound")
        return found[0]


def levels_of(samples: np.ndarray) -> np.ndarray:
    return mulaw.encode(samples / 32_767)


def wav_file(samples: np.ndarray, rate: int, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((32_767 * samples).astype("<i2").tobytes())
    return file.getvalue()
