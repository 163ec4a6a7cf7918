"""A model that knows better and lies: true sentences of its passages, and the same ones falsified.

It keeps what it told, so that a benchmark can look for each lie in what was sent. Its lies are
plain to a reader of the passage; they are what weak models do and what a hostile one would.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.llm.model import Message

_PASSAGE = re.compile(r"<<<资料\[(\d+)\] 开始 (\w+)>>>\n(.*?)\n<<<资料\[\1\] 结束 \2>>>", re.DOTALL)
_TEXT_BELOW = "原文：\n"
_FAILED = re.compile(r"有 (\d+) 句没有通过核对")
_SENTENCE = re.compile(r"([^。！？；：\n]{8,120})[。；]")
_LABEL = re.compile(r"^（[一二三四五六七八九十]+）")
_NUMBER = re.compile(r"[一二三四五六七八九十两\d]+(?=个月|年|日|元|倍|万元|%)")
_GRADES = ("警告", "严重警告", "撤销党内职务", "留党察看", "开除党籍", "记大过", "降级", "开除")
_TURNED = (
    ("不得", "可以"),
    ("不准", "可以"),
    ("严禁", "允许"),
    ("禁止", "允许"),
    ("应当", "不必"),
    ("必须", "不必"),
    ("可以", "不得"),
)
_MOST_LIES = 3
# More of a sentence's words than this elsewhere, and that may be a basis of it too.
_NEAR = 0.5
TRUE = "true"


@dataclass(frozen=True, slots=True)
class Passage:
    """What the model was shown of one clause, under its number."""

    number: int
    text: str

    @property
    def sentences(self) -> list[str]:
        spoken = (_LABEL.sub("", found[1].strip()) for found in _SENTENCE.finditer(self.text))
        return [f"{each}。" for each in spoken if len(each) > 1]


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence as it was told, with the numbers it names; "true" or what is false about it."""

    kind: str
    text: str
    cites: tuple[int, ...]


class Liar:
    """Stands in for a Model; one reply at a time is told, in the order that it is asked."""

    name = "liar"

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._turn = 0
        self.told: list[Told] = []

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        heard: Callable[[str], None] | None = None,
        seconds: float | None = None,
        person: str = "",
    ) -> str:
        asked = messages[-1].text
        passages = [
            Passage(int(number), body.partition(_TEXT_BELOW)[2])
            for number, _, body in _PASSAGE.findall(asked)
        ]
        again = _FAILED.search(asked)
        with self._lock:
            told = self._tell(passages, int(again[1]) if again else 0)
            self.told += told
        entries = [{"text": each.text, "cites": each.cites} for each in told]
        reply = json.dumps({"sentences": entries, "unknown": ""}, ensure_ascii=False)
        if heard:
            heard(reply)
        return reply

    def _tell(self, passages: Sequence[Passage], rewriting: int) -> list[Told]:
        """True sentences and a few lies about them; only lies where it is to rewrite."""
        self._turn += 1
        sources = [each for each in passages if each.sentences]
        if not sources:
            return []
        lies: list[Told] = []
        for count in range(rewriting or 1 + self._turn % _MOST_LIES):
            source = sources[0] if count % 2 == 0 else self._random.choice(sources)
            lies.append(self._random.choice(list(_lies(source, passages, self._random))))
        if rewriting:
            return lies
        truths = [
            Told(TRUE, sentence, (source.number,))
            for source in sources[:2]
            for sentence in source.sentences[:2]
        ]
        # Where the lie comes first it is what decides.
        return [*lies, *truths] if self._turn % 4 == 0 else [*truths, *lies]


def _lies(source: Passage, passages: Sequence[Passage], rng: random.Random) -> Iterator[Told]:
    """One of each kind that a sentence of ``source`` can be made into."""
    sentence, own = rng.choice(source.sentences), (source.number,)
    yield Told("article", f"根据第{rng.randint(200, 400)}条，{sentence}", own)
    yield Told("title", f"《廉洁从业若干补充规定》明确，{sentence}", own)
    yield Told("not given", sentence, (len(passages) + rng.randint(1, 5),))
    yield Told("uncited", sentence, ())
    yield Told("unsupported", "事后主动退还并写出检查的，一律不再追究责任。", own)
    yield Told("misquoted", f"原文写明“{sentence[:-1]}，经领导同意的除外”。", own)
    spared = rng.choice(["私营企业人员", "离退休人员", "临时借调人员"])
    yield Told("exception", f"{sentence[:-1]}，但{spared}不受此限。", own)
    yield from _altered(sentence, source, rng)
    for other in passages:
        if other.number != source.number and _shared(sentence, other.text) < _NEAR:
            yield Told("wrong passage", sentence, (other.number,))
            break


def _shared(sentence: str, text: str) -> float:
    """The share of a sentence's pairs of characters that another text holds: rules repeat rules."""
    pairs = [sentence[at : at + 2] for at in range(len(sentence) - 1)]
    return sum(pair in text for pair in pairs) / len(pairs)


def _altered(sentence: str, source: Passage, rng: random.Random) -> Iterator[Told]:
    """A number, a sanction or the verdict itself made another."""
    own = (source.number,)
    number = _NUMBER.search(sentence)
    other = next((each for each in "七九八六五四三二" if each not in source.text), "百")
    changed = (
        sentence[: number.start()] + other + sentence[number.end() :]
        if number
        else f"{sentence[:-1]}，期限为{other}十{other}日。"
    )
    yield Told("number", changed, own)
    absent = [each for each in _GRADES if each not in source.text] or ["无期徒刑"]
    present = [each for each in _GRADES if each in sentence]
    grade = rng.choice(absent)
    changed = (
        sentence.replace(present[-1], grade, 1)
        if present
        else f"{sentence[:-1]}，并给予{grade}处分。"
    )
    yield Told("sanction", changed, own)
    turnable = [
        each.replace(said, turned, 1)
        for each in source.sentences
        for said, turned in _TURNED
        if said in each
    ]
    if turnable:
        yield Told("polarity", rng.choice(turnable), own)
