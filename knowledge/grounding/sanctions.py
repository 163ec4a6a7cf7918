"""Grades of sanction of both systems, and the circumstances that each is tied to. Pure."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

PARTY = ("警告", "严重警告", "撤销党内职务", "留党察看", "开除党籍")
"""党纪处分, lightest first."""

OFFICE = ("警告", "记过", "记大过", "降级", "撤职", "开除")
"""政务处分, lightest first."""

_GRADES = sorted({*PARTY, *OFFICE, "开除公职"}, key=len, reverse=True)
_GRADE = re.compile("|".join(_GRADES))
# Several grades in a row are one choice; 和 and 并 would make them all of them.
_RUN = re.compile(
    rf"(?:{_GRADE.pattern})(?:处分)?(?:(?:、|或者|或|和|及|以及|并|并处|同时|直至|到|至)(?:给予"
    rf"|处|予以)?"
    rf"(?:{_GRADE.pattern})(?:处分)?)*"
)
_LIMIT = re.compile("(?:处分)?(以上|以下)")
_JOINED = re.compile("和|及|并|同时|直至|到|至")
_RANGE = {"直至", "到", "至"}
_CIRCUMSTANCE = re.compile(
    "情节(?:都|均)?(?:(?:特别|极其|极为|尤其|比较|较为|相当|显著)?(?:较轻|较重|严重|轻微|恶劣|轻"
    "|重)|一般)"
)
_CLAIMED = re.compile(r"(?:属于?|是|构成|系|算|达到|认定为|视为|就|已经?|(?<!行)为)$")
_UTMOST = re.compile(r"(?:最重|最高|最严重|最严厉|直至)[^,。;]{0,6}$")
# What may follow a breach besides a grade; each must be in the clause.
MEASURES = re.compile(
    "谈话提醒|批评教育|责令检查|书面检查|诫勉|通报批评|组织处理|组织调整|停职|免职|辞退|降职|除名"
    "|劝退|改组|解散"
    "|从轻|减轻|从重|加重|立案|移送|移交|有期徒刑|无期徒刑|死刑|拘役|管制|罚金|没收|剥夺政治权利"
    "|刑事责任|刑事处罚"
    "|行政处罚|罚款|拘留|逮捕|留置|留党|取消资格|终止"
)


SYSTEMS = re.compile("党纪|政务|政纪|行政处分|刑事")
"""Whose sanction it is called; the clause must call it so."""


@dataclass(frozen=True, slots=True)
class Sanction:
    """One choice of grades, under the circumstance named before it, "" where none is.

    ``grades`` also holds 和 where all are given together, 直至 for a range, and 以上 or 以下
    where they are a limit; ``utmost`` says that it is called the heaviest there is.
    """

    grades: frozenset[str]
    circumstance: str
    utmost: bool
    start: int
    end: int

    @property
    def is_range(self) -> bool:
        """Whether it is called the heaviest, or everything up to it."""
        return self.utmost or "直至" in self.grades


def rank(grade: str) -> int:
    """How heavy a grade is among those of its system, from 0."""
    return PARTY.index(grade) if grade in PARTY else (*OFFICE, "开除公职").index(grade)


def is_party(grade: str) -> bool:
    """Whether it is a grade that only party discipline knows."""
    return grade in PARTY[1:]


def of_two_systems(grades: AbstractSet[str]) -> bool:
    """Whether some are known to party discipline alone, and some to the other alone."""
    return any(map(is_party, grades)) and bool(grades & {*OFFICE[1:], "开除公职"})


def sanctions(text: str) -> list[Sanction]:
    """The choices of grades in folded text, in order."""
    circumstances = [(match.end(), _plain(match[0])) for match in _CIRCUMSTANCE.finditer(text)]
    found = []
    for match in _RUN.finditer(text):
        before = [name for end, name in circumstances if end <= match.start()]
        joined = {
            "直至" if word in _RANGE else "和" for word in _JOINED.findall(_GRADE.sub("", match[0]))
        }
        limit = _LIMIT.match(text, match.end())
        joined |= {limit[1]} if limit else set()
        found.append(
            Sanction(
                frozenset(_GRADE.findall(match[0])) | joined,
                before[-1] if before else "",
                bool(_UTMOST.search(text[: match.start()])),
                *match.span(),
            )
        )
    return found


def circumstances(text: str) -> frozenset[str]:
    """The circumstances (情节较轻 …) that folded text names."""
    return frozenset(_plain(each) for each in _CIRCUMSTANCE.findall(text))


@lru_cache(maxsize=1024)
def claims_circumstance(text: str) -> bool:
    """Whether a circumstance is said to be given, not named as a condition (情节较轻的，)."""
    return any(
        _CLAIMED.search(text[: match.start()])
        or not re.match("的|,|且|并|、|或者|又|、", text[match.end() :])
        for match in _CIRCUMSTANCE.finditer(text)
    )


def circumstance_spans(text: str) -> list[tuple[int, int]]:
    """Where circumstances stand."""
    return [match.span() for match in _CIRCUMSTANCE.finditer(text)]


def _plain(circumstance: str) -> str:
    """情节比较重 and 情节较重 are the same, 情节特别严重 and 情节严重 are not."""
    plain = re.sub("比较|较为|相当|都|均", "较", circumstance).replace("较较", "较")
    return {"情节轻": "情节较轻", "情节重": "情节较重", "情节较严重": "情节严重"}.get(plain, plain)
