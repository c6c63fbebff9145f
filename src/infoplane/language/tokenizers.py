"""Text as tokens: bytes, pairs of them that were merged, or a tokenizer of Transformers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from infoplane.errors import InfoplaneError
from infoplane.settings import check_number

END = 256  # what ends a document, among bytes
PIECES = re.compile(r" ?\w+| ?[^\w\s]+|\s+(?=\s)|\s")


class Bytes:
    """The bytes of UTF-8: 256 of them, and the end of a document.

    Example:
        >>> Bytes().encode("ab")
        [97, 98]
    """

    vocabulary, end = END + 1, END

    def encode(self, text: str) -> list[int]:
        """Return the bytes of a text."""
        return list(text.encode("utf-8", errors="replace"))

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of bytes; what is no UTF-8 is replaced."""
        kept = bytes(token for token in tokens if token < END)
        return kept.decode("utf-8", errors="replace")


class MergedBytes:
    """Byte-pair encoding: bytes, and the pairs that were merged, the most frequent first.

    Merges stay within a word and the space before it. Source: Sennrich et al. 2016
    (arXiv:1508.07909), on bytes as GPT-2 has it.

    Example:
        >>> tokenizer = MergedBytes.fitted(["aab aab aac"], vocabulary=259)
        >>> [tokenizer.decode([token]) for token in tokenizer.encode("aac aab")]
        ['aa', 'c', ' aa', 'b']
    """

    end = END

    def __init__(self, merges: Sequence[tuple[int, int]]) -> None:
        self.merges = list(merges)
        self._rank = {pair: i for i, pair in enumerate(self.merges)}
        self._text = [bytes([b]) for b in range(END)] + [b""]
        for first, second in self.merges:
            self._text.append(self._text[first] + self._text[second])
        self._of_piece = lru_cache(maxsize=1 << 16)(self._merged)

    @classmethod
    def fitted(cls, texts: Iterable[str], *, vocabulary: int) -> MergedBytes:
        """Return the encoding of at most ``vocabulary`` tokens that is fitted to some texts.

        Fewer where no pair is left that occurs twice.

        Raises:
            InfoplaneError: for fewer tokens than there are bytes and the end of a document.

        Cost: of 1,000 merges of a million characters, some seconds.
        """
        check_number("vocabulary", vocabulary, least=END + 1)
        counts = Counter(piece for text in texts for piece in PIECES.findall(text))
        words = [list(piece.encode("utf-8", errors="replace")) for piece in counts]
        return cls(_merges(words, list(counts.values()), vocabulary - END - 1))

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return END + 1 + len(self.merges)

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        return [token for piece in PIECES.findall(text) for token in self._of_piece(piece)]

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens; what is no UTF-8 is replaced."""
        return b"".join(self._text[token] for token in tokens).decode("utf-8", errors="replace")

    def _merged(self, piece: str) -> tuple[int, ...]:
        word = list(piece.encode("utf-8", errors="replace"))
        while len(word) > 1:
            ranks = [self._rank.get(pair, len(self._rank)) for pair in pairwise(word)]
            least = min(ranks)
            if least == len(self._rank):
                break
            _replace(word, self.merges[least], END + 1 + least)
        return tuple(word)


def _merges(words: list[list[int]], counts: list[int], most: int) -> list[tuple[int, int]]:
    """Return the most frequent pairs, in order; ties by the smaller tokens."""
    frequency: Counter[tuple[int, int]] = Counter()
    holders: dict[tuple[int, int], set[int]] = defaultdict(set)
    for i, word in enumerate(words):
        for pair in pairwise(word):
            frequency[pair] += counts[i]
            holders[pair].add(i)
    merges: list[tuple[int, int]] = []
    while len(merges) < most and frequency:
        best = max(frequency, key=lambda pair: (frequency[pair], -pair[0], -pair[1]))
        if frequency[best] < 2:
            break
        for i in holders[best]:
            for pair in pairwise(words[i]):
                frequency[pair] -= counts[i]
            _replace(words[i], best, END + 1 + len(merges))
            for pair in pairwise(words[i]):
                frequency[pair] += counts[i]
                holders[pair].add(i)
        del frequency[best], holders[best]
        merges.append(best)
    return merges


def _replace(word: list[int], pair: tuple[int, int], token: int) -> None:
    """Put one token for every such pair of a word, from its beginning."""
    i = 0
    while i < len(word) - 1:
        if (word[i], word[i + 1]) == pair:
            word[i : i + 2] = [token]
        i += 1


class Pretrained:
    """A tokenizer of Transformers, by its name on the hub or from a folder.

    Raises:
        InfoplaneError: where Transformers is not installed, the tokenizer cannot be had, or it has
            no token that ends a text.
    """

    def __init__(self, name: str) -> None:
        self._tokenizer = _loaded(name)
        self.vocabulary = len(self._tokenizer)
        ends = (self._tokenizer.eos_token_id, self._tokenizer.sep_token_id)
        known = [int(end) for end in ends if end is not None]
        if not known:
            raise InfoplaneError(
                f"the tokenizer {name!r} has no token that ends a text; give another, or bytes."
            )
        self.end = known[0]

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        return self._tokenizer.encode(text, add_special_tokens=False, verbose=False)

    def decode(self, tokens: Iterable[int]) -> str:
        """Return the text of tokens."""
        return self._tokenizer.decode(list(tokens))


Tokenizer = Bytes | MergedBytes | Pretrained
"""Turns text into numbers below ``vocabulary`` and back; ``end`` ends a document."""


def _loaded(name: str) -> Any:
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise InfoplaneError(
            f"the tokenizer {name!r} is one of Transformers, which is not installed; run "
            "`pip install transformers`, or give bytes or bpe."
        ) from error
    from infoplane.data.hub import offline_if_remote

    try:
        with offline_if_remote(name) as offline:
            return AutoTokenizer.from_pretrained(name, local_files_only=offline)
    except Exception as error:  # of many kinds, from many libraries
        raise InfoplaneError(
            f"the tokenizer {name!r} cannot be had: it is no folder of one, and neither kept here "
            "nor to be fetched from the hub; give bytes, bpe, a folder, or a name of the hub."
        ) from error
