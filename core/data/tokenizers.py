"""Tokens: how a text becomes numbers that a language model reads, and back, whatever is in it.

The first 256 tokens are the bytes of UTF-8, so that any text can be told, also what training never saw; an ASCII
character is its byte. Then come, by the kind of vocabulary,

    characters    other characters of the training text, most frequent first: one token a character
    pairs         tokens made by joining the most frequent neighbours, again and again (Gage 1994; Sennrich, Haddow &
                  Birch 2016), never across the border of a word: one token for a piece of a word

A model's number of tokens is fixed by the kind (`SIZES`), so that it does not depend on the text; some may be unused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.config.fields import require
from core.numerics.kept import kept

SIZES = {"characters": 320, "pairs": 1_024}
BYTES = 256
KEPT = 2**15  # words whose pieces are remembered, at most: what visitors type has no end
# a word with the space before it, signs, white space; none so long that joining it takes long
_WORDS = re.compile(r" ?\w{1,32}| ?[^\w\s]{1,32}|\s{1,32}(?!\S)|\s{1,32}")


@dataclass(frozen=True)
class Vocabulary:
    """kind is a key of `SIZES`; symbols[i] are the bytes of token 256 + i."""

    kind: str
    symbols: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        require(self.kind in SIZES, "kind", self.kind, f"one of {', '.join(SIZES)}")
        require(len(self.symbols) <= self.size - BYTES, "symbols", len(self.symbols), f"at most {self.size - BYTES}")

    @property
    def size(self) -> int:
        """Tokens that a model has to tell apart, unused ones too."""
        return SIZES[self.kind]

    @cached_property
    def tokens(self) -> tuple[bytes, ...]:
        """The bytes of every token in use."""
        return (*(bytes([i]) for i in range(BYTES)), *self.symbols)

    @cached_property
    def _number(self) -> dict[bytes, int]:
        return {symbol: BYTES + i for i, symbol in enumerate(self.symbols)}

    @cached_property
    def _words(self) -> dict[bytes, list[int]]:
        return {}  # words repeat: their pieces are found once

    def encode(self, text: str) -> np.ndarray:
        """Token numbers (T,) int64 of any text; lone surrogates become question marks."""
        if self.kind == "characters":
            known = {symbol.decode(): number for symbol, number in self._number.items()}
            parts = ([known[c]] if c in known else c.encode(errors="replace") for c in text)
        else:
            parts = (self._merge_pairs(word.encode(errors="replace")) for word in _WORDS.findall(text))
        return np.fromiter((number for part in parts for number in part), np.int64)

    def decode(self, numbers: np.ndarray) -> str:
        """The text; bytes that are no whole character become the replacement character."""
        tokens = self.tokens
        return b"".join(tokens[n] if n < len(tokens) else b"\xef\xbf\xbd" for n in numbers).decode(errors="replace")

    def _merge_pairs(self, word: bytes) -> list[int]:
        """The pieces of a word: the pair that was learned first is joined first."""
        found = self._words.get(word)
        if found is None:
            pieces = [bytes([b]) for b in word]
            while len(pieces) > 1:
                ranks = [self._number.get(a + b, self.size) for a, b in zip(pieces, pieces[1:], strict=False)]
                best = min(ranks)
                if best == self.size:
                    break
                at = ranks.index(best)
                pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
            found = [self._number.get(piece, piece[0]) for piece in pieces]
            if len(self._words) >= KEPT:
                self._words.clear()
            self._words[word] = found
        return found

    def to_bytes(self) -> np.ndarray:
        """All of it as bytes (uint8), to be kept beside a model's weights."""
        plain = {"kind": self.kind, "symbols": [symbol.hex() for symbol in self.symbols]}
        return np.frombuffer(json.dumps(plain).encode(), np.uint8)

    @classmethod
    def from_bytes(cls, content: np.ndarray) -> Vocabulary:
        """What `to_bytes` gave."""
        plain = json.loads(content.astype(np.uint8).tobytes())
        return cls(plain["kind"], tuple(bytes.fromhex(symbol) for symbol in plain["symbols"]))


@kept("vocabularies")
def learn(kind: str, text: str) -> Vocabulary:
    """The vocabulary of this kind for a training text; the same text gives the same one."""
    require(kind in SIZES, "kind", kind, f"one of {', '.join(SIZES)}")
    most = SIZES[kind] - BYTES
    if kind == "characters":
        counts = Counter(c for c in text if not c.isascii() and not "\ud800" <= c <= "\udfff")
        return Vocabulary(kind, tuple(c.encode() for c, _ in sorted(counts.items(), key=_most_first)[:most]))
    return Vocabulary(kind, tuple(_pairs(text, most)))


def _most_first(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


def _pairs(text: str, most: int) -> list[bytes]:
    """The first `most` joins; a pair that stands only once is not joined."""
    counts = Counter(_WORDS.findall(text))
    words = [([bytes([b]) for b in word.encode(errors="replace")], n) for word, n in sorted(counts.items())]
    symbols: list[bytes] = []
    pairs: Counter[tuple[bytes, bytes]] = Counter()
    places: dict[tuple[bytes, bytes], set[int]] = {}
    for i, (pieces, n) in enumerate(words):
        for pair in zip(pieces, pieces[1:], strict=False):
            pairs[pair] += n
            places.setdefault(pair, set()).add(i)
    while len(symbols) < most and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < 2:
            break
        joined = best[0] + best[1]
        for i in places.pop(best):  # only words that hold the pair change
            pieces, n = words[i]
            for pair in zip(pieces, pieces[1:], strict=False):
                pairs[pair] -= n
            at = 0
            while at < len(pieces) - 1:
                if (pieces[at], pieces[at + 1]) == best:
                    pieces[at : at + 2] = [joined]
                at += 1
            for pair in zip(pieces, pieces[1:], strict=False):
                pairs[pair] += n
                places.setdefault(pair, set()).add(i)
        del pairs[best]
        if joined not in symbols:  # the same bytes may be joined in two ways
            symbols.append(joined)
    return symbols
