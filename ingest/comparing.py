"""What one set of documents changes of another, document by document, article by article. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge.amending import Amendment
from knowledge.library import has_begun
from knowledge.model import Clause, Document, ParsedDocument
from knowledge.naming import base_title, bracketed, plain_title
from knowledge.store import Held

# Share of common character pairs (Dice 1945) from which on an article under another number is
# the same one, reworded: of unrelated articles hardly two share a third.
_SAME_MATTER = 0.6
# … and under its own number, where the number speaks for it as well.
_SAME_PLACE = 0.3


class Fate(StrEnum):
    """What becomes of a document or a clause."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    RENUMBERED = "renumbered"
    """A clause whose words stay and whose number does not."""
    SUPERSEDED = "superseded"
    """A document that stays readable while a later version answers in its place."""
    RESTORED = "restored"
    """A document that answers again, because what superseded it is gone."""
    RESTATED = "restated"
    """A document whose words stay; what is said of it (dates, number …) does not."""


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause's fate: ``before`` is None for one added, ``after`` for one removed."""

    fate: Fate
    before: Clause | None
    after: Clause | None


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One document's fate, with its clauses' where there are two versions to compare."""

    fate: Fate
    before: Document | None
    after: Document | None
    clauses: tuple[ClauseChange, ...] = ()

    @property
    def document(self) -> Document:
        """The later of both."""
        return self.after or self.before  # type: ignore[return-value]  # one of them is there

    def count(self, fate: Fate) -> int:
        """How many clauses share a fate."""
        return sum(each.fate is fate for each in self.clauses)


def compare(before: Sequence[Held], after: Sequence[Held]) -> tuple[DocumentChange, ...]:
    """Every document that is not as it was, in the order of ``after``, removed ones last."""
    old, new = _by_id(before), _by_id(after)
    gone = [entry for key, entry in old.items() if key not in new]
    # Those that make room for a later version: by going, or by staying superseded.
    leaving = [*gone, *(e for key, e in old.items() if key in new and _yields(e, new[key]))]
    changes: list[DocumentChange] = []
    for key, entry in new.items():
        earlier = old.get(key)
        if earlier is None:
            changes.append(_arrival(entry, _predecessor(entry, leaving)))
        elif earlier.document != entry.document:
            fate = _standing_change(earlier.document, entry.document)
            changes.append(DocumentChange(fate, earlier.document, entry.document))
    compared = {change.before.id for change in changes if change.before and change.clauses}
    changes = [
        _repealed(change, old, new)
        if change.fate is Fate.SUPERSEDED and change.document.id not in compared
        else change
        for change in changes
    ]
    succeeded = {change.before.id for change in changes if change.before}
    changes += [
        DocumentChange(Fate.REMOVED, entry.document, None, _all_gone(entry))
        for entry in gone
        if entry.document.id not in succeeded
    ]
    return tuple(changes)


def amendments(changes: Iterable[DocumentChange]) -> Iterator[Amendment]:
    """The places in force that people may have been answered from, and what became of them."""
    for change in changes:
        earlier = change.before
        # A digest goes where the text that it spoke for comes: the rule itself stays as it is.
        if earlier is None or not earlier.in_force or earlier.stands_in_for:
            continue
        # What is not in force yet changes no answer.
        if change.after is not None and not has_begun(change.after):
            continue
        successor = change.after.superseded_by if change.after else ""
        for each in change.clauses:
            before, after = each.before, each.after
            if before is None:
                continue
            now = bracketed(successor) if successor else ""
            if change.after is not None and after is not None:
                now = _place(change.after, after)
            yield Amendment(
                document=earlier.title,
                article=before.article,
                heading=before.path[-1] if before.path else "",
                clause_id=before.id,
                before=before.text,
                after=after.text if after else "",
                now=now,
            )


def compare_clauses(before: Sequence[Clause], after: Sequence[Clause]) -> tuple[ClauseChange, ...]:
    """The clauses that are not as they were: in the order of ``after``, removed ones last."""
    pairs = _paired(before, after)
    changes: list[ClauseChange] = []
    for clause in after:
        earlier = pairs.get(clause.id)
        if earlier is None:
            changes.append(ClauseChange(Fate.ADDED, None, clause))
        elif not _same_words(earlier, clause):
            changes.append(ClauseChange(Fate.CHANGED, earlier, clause))
        elif earlier.article != clause.article:
            changes.append(ClauseChange(Fate.RENUMBERED, earlier, clause))
    kept = {earlier.id for earlier in pairs.values()}
    changes += [
        ClauseChange(Fate.REMOVED, clause, None) for clause in before if clause.id not in kept
    ]
    return tuple(changes)


def _by_id(held: Sequence[Held]) -> dict[str, ParsedDocument]:
    return {entry.parsed.document.id: entry.parsed for entry in held}


def _yields(earlier: ParsedDocument, later: ParsedDocument) -> bool:
    return earlier.document.in_force and not later.document.in_force


def _standing_change(before: Document, after: Document) -> Fate:
    if before.in_force == after.in_force:
        return Fate.RESTATED
    return Fate.SUPERSEDED if before.in_force else Fate.RESTORED


def _repealed(
    change: DocumentChange, old: Mapping[str, ParsedDocument], new: Mapping[str, ParsedDocument]
) -> DocumentChange:
    """With its clauses: those of a held version that has begun by now, else none any more."""
    earlier = old[change.document.id]
    title = plain_title(change.document.superseded_by)
    successor = next(
        (
            entry
            for entry in new.values()
            if entry.document.in_force
            and plain_title(entry.document.title) == title
            and _family(entry.document) == _family(earlier.document)
        ),
        None,
    )
    if successor is not None:
        clauses = compare_clauses(earlier.clauses, successor.clauses)
        return DocumentChange(Fate.CHANGED, earlier.document, successor.document, clauses)
    return replace(change, clauses=_all_gone(earlier))


def _predecessor(entry: ParsedDocument, leaving: Sequence[ParsedDocument]) -> ParsedDocument | None:
    """The version that a new document takes the place of, one in force first."""
    family = _family(entry.document)
    candidates = [other for other in leaving if _family(other.document) == family]
    in_force = [other for other in candidates if other.document.in_force]
    return next(iter([*in_force, *candidates]), None)


def _family(document: Document) -> str:
    return base_title(document.stands_in_for or document.title)


def _arrival(entry: ParsedDocument, earlier: ParsedDocument | None) -> DocumentChange:
    if earlier is None or not entry.document.in_force:
        return DocumentChange(Fate.ADDED, None, entry.document)
    if earlier.document.stands_in_for and not entry.document.stands_in_for:
        # A digest's sections are no articles: there is nothing to compare.
        return DocumentChange(Fate.ADDED, None, entry.document)
    clauses = compare_clauses(earlier.clauses, entry.clauses)
    fate = Fate.CHANGED if clauses else Fate.RESTATED
    return DocumentChange(fate, earlier.document, entry.document, clauses)


def _all_gone(entry: ParsedDocument) -> tuple[ClauseChange, ...]:
    return tuple(ClauseChange(Fate.REMOVED, clause, None) for clause in entry.clauses)


def _paired(before: Sequence[Clause], after: Sequence[Clause]) -> dict[str, Clause]:
    """Later clause's id → the earlier clause that it continues.

    First those of the same words under the same number, then of the same words, then of the
    same number and much the same words, last the likest of what is left.
    """
    pairs: dict[str, Clause] = {}
    left = list(before)

    def take(clause: Clause, earlier: Clause | None) -> None:
        if earlier is not None:
            pairs[clause.id] = earlier
            left.remove(earlier)

    for clause in after:
        same = [each for each in left if _same_words(each, clause)]
        numbered = [each for each in same if _label(each) == _label(clause)]
        take(clause, next(iter(numbered), None))
    for clause in (each for each in after if each.id not in pairs):
        take(clause, next((each for each in left if _same_words(each, clause)), None))
    for least, same_label in ((_SAME_PLACE, True), (_SAME_MATTER, False)):
        found = _likest([each for each in after if each.id not in pairs], left, least, same_label)
        for clause, earlier in found:
            if clause.id not in pairs and earlier in left:
                take(clause, earlier)
    return pairs


def _likest(
    after: Sequence[Clause], before: Sequence[Clause], least: float, same_label: bool
) -> list[tuple[Clause, Clause]]:
    """Pairs as alike as ``least``, the likest first."""
    words = {each.id: _pairs_of(each.text) for each in (*after, *before)}
    found = [
        (_dice(words[clause.id], words[earlier.id]), clause, earlier)
        for clause in after
        for earlier in before
        if not same_label or _label(clause) == _label(earlier)
    ]
    alike = sorted((each for each in found if each[0] >= least), key=lambda each: -each[0])
    return [(clause, earlier) for _, clause, earlier in alike]


def _label(clause: Clause) -> tuple[str, ...]:
    return (clause.article,) if clause.article else clause.path


def _pairs_of(text: str) -> frozenset[str]:
    compact = "".join(text.split())
    return frozenset(compact[at : at + 2] for at in range(len(compact) - 1)) or frozenset(compact)


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _same_words(before: Clause, after: Clause | None) -> bool:
    return after is not None and "".join(before.text.split()) == "".join(after.text.split())


def _place(document: Document, clause: Clause) -> str:
    label = clause.article or (f"· {clause.path[-1]}" if clause.path else "")
    return f"{bracketed(document.title)}{label}"
