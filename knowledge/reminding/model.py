"""A reminder as a value: its words and the citations that they stand on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import Citation

# What is rendered of these and of three red lines fits one message whatever the rest is.
OPENING_UNITS = 300
WATCH_UNITS = 100
WATCH_MOST = 8


class Moment(StrEnum):
    """When a reminder goes out: some days before, on the eve, on the first day back at work."""

    BEFORE = "before"
    EVE = "eve"
    BACK = "back"

    @property
    def words(self) -> str:
        """As people say it."""
        return {"before": "节前", "eve": "节日前夕", "back": "节后第一个工作日"}[self.value]


@dataclass(frozen=True, slots=True)
class RedLine:
    """What must not be done, in a sentence, and the article that says so."""

    words: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a reminder that an admin may change; what is quoted is never among them.

    ``watch`` are the things to watch for just then, a line each.
    """

    opening: str
    watch: tuple[str, ...]

    def faults(self) -> list[str]:
        """What is missing or too long for one message, a Chinese sentence each.

        Lengths are in UTF-16 units, as Telegram counts: a Chinese character is 1.
        """
        found = []
        if not self.opening.strip():
            found.append("导语是空的，请写一两句话。")
        if _units(self.opening) > OPENING_UNITS:
            found.append(f"导语太长，请写在{OPENING_UNITS}字以内。")
        if not any(line.strip() for line in self.watch):
            found.append("“此时要留意”没有内容，请至少写一行。")
        if len(self.watch) > WATCH_MOST:
            found.append(f"“此时要留意”最多{WATCH_MOST}行，请合并或删减。")
        if any(_units(line) > WATCH_UNITS for line in self.watch):
            found.append(f"“此时要留意”里有一行太长，每行请写在{WATCH_UNITS}字以内。")
        return found


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message, whoever it is sent to.

    ``case`` holds the deed and then the sanction of one warning case, or nothing. ``notes`` are
    sentences for readers: that the days are computed, that a text is a sample or a digest.
    ``questions`` are examples of what to ask. ``dropped`` says for admins, a sentence each, which
    red lines of the template no longer stand and were left out; ``changed`` of which the place
    that the template names does not stand, so that another is cited and the words need a look.
    """

    title: str
    wording: Wording
    red_lines: tuple[RedLine, ...]
    case: tuple[Citation, ...]
    measure: Citation | None
    contact: str
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moment: Moment = Moment.BEFORE

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Everything that is quoted, from the top to the bottom."""
        measure = () if self.measure is None else (self.measure,)
        return (*(line.citation for line in self.red_lines), *self.case, *measure)


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
