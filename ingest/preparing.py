"""Prepares a refresh: files that were read → a staged generation, and a preview of what it does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ingest.assembly import restate
from ingest.content import shipped_documents
from ingest.enriching import Enriching
from ingest.frontmatter import stated
from ingest.generation import BuildReport, changes_of, discard, stage
from ingest.laws import default_laws
from ingest.merging import yielding
from ingest.preview import Incoming, Preview, ProposedAsks, incoming, title_changes
from ingest.proposals import Kept
from ingest.proposing import Proposer
from ingest.reading import FileRead, FileRefused
from knowledge.embedding import Encoder
from knowledge.errors import LianwenError, UnreadableError
from knowledge.model import Document, ParsedDocument
from knowledge.naming import plain_title
from knowledge.rehearsal import Answering, rehearse
from knowledge.store import Generation, Held, Store

log = logging.getLogger(__name__)

Phase = Callable[[str, int, int], None]
"""Called with (what is being done, in Chinese; how much of it is done; in all)."""

BUILDING, PROPOSING, CHECKING, ASKING = "建立索引", "拟问法", "回验问法", "试问"
# Those who build beside us are done by then: what a model made must not be lost to them.
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A staged refresh. ``generation`` is None where it would change nothing."""

    report: BuildReport
    preview: Preview

    @property
    def generation(self) -> Generation | None:
        """What would go live."""
        return None if self.report.unchanged else self.report.generation


def base_documents() -> list[Held]:
    """What every knowledge base holds unless told otherwise: national laws, shipped content.

    :raises LawPackageError: the law package is missing or laid out differently.
    """
    shipped = [Held(parsed, "shipped") for parsed in shipped_documents()]
    return [*(Held(parsed, "law") for parsed in default_laws()), *shipped]


def said_of(read: FileRead, said: Mapping[str, Any]) -> FileRead:
    """A file's document with what an admin says of it in the place of what was read.

    :param said: keys and values as in front matter.
    :raises UnreadableError: a key that there is not, or a value of the wrong type.
    """
    return replace(read, parsed=restate(read.parsed, stated(said, name=read.name)))


def prepare(
    read: Sequence[FileRead],
    refused: Sequence[FileRefused],
    *,
    store: Store,
    encoder: Encoder,
    answering: Callable[[Generation | None], Answering],
    questions: Sequence[str],
    said: Mapping[str, Mapping[str, Any]] | None = None,
    base: Sequence[Held] = (),
    replace_all: bool = False,
    removed: Sequence[str] = (),
    rebuild: bool = False,
    patience: float = 0,
    proposer: Proposer | None = None,
    propose_all: bool = False,
    phase: Phase | None = None,
) -> Prepared:
    """Stage a generation that also holds what was read; nothing goes live.

    A file whose words are held already is passed over, and the preview says so.

    :param answering: makes what answers from a generation; None stands for one yet to be built.
    :param said: a file's name as shown → what an admin says of its document (see ``said_of``).
    :param base: documents that are held besides.
    :param proposer: makes asks for new clauses; None to hold no generated asks at all.
    :param propose_all: have it make some also for clauses that were held before without any.
    :raises LianwenError: as ``generation.stage``.
    """
    kept = partial(stage, replace_all=replace_all, removed=removed, rebuild=rebuild)
    site = _Site(store, encoder, _stated(read, said or {}), base, kept, phase)
    try:
        told: ProposedAsks | None = None
        if proposer is None:
            report = site.build(None, None, patience)
        else:
            report, told = site.enriched(proposer, propose_all, patience)
        preview = _preview(report, site.arrivals, refused, told)
        if report.unchanged:
            return Prepared(report, preview)
        tell = _told(phase, ASKING)
        return Prepared(report, _rehearsed(preview, report, store, answering, questions, tell))
    except BaseException:
        # Nobody has seen it, so that nobody will consent to it.
        site.clear()
        raise


@dataclass
class _Site:
    """Where one refresh is built, more than once where a model adds to it.

    ``arrivals`` is what was read as the last build took it, ``staged`` all that was staged.
    """

    store: Store
    encoder: Encoder
    reads: Sequence[tuple[FileRead, bool]]
    base: Sequence[Held]
    stage: Callable[..., BuildReport]
    phase: Phase | None
    arrivals: list[Incoming] = field(default_factory=list)
    staged: list[Generation] = field(default_factory=list)

    def enriched(
        self, proposer: Proposer, everything: bool, patience: float
    ) -> tuple[BuildReport, ProposedAsks | None]:
        """Built with the asks that ``proposer`` makes.

        :param everything: also for what was held before, though nothing else may change.
        """
        live = self.store.live_generation() if everything else None
        first = self.build({}, live, patience)
        if first.unchanged:
            return first, None
        told = partial(_told, self.phase)
        enriching = Enriching(
            proposer, self.store, self.encoder, everything, told(PROPOSING), told(CHECKING)
        )
        again = partial(self.build, patience=max(patience, _PATIENCE))
        report, made = enriching.add(first, lambda kept, near: again(kept, near or live))
        self.clear(but=report.generation)
        if live and report is first and live.fingerprint == first.generation.fingerprint:
            self.clear()
            return replace(first, generation=live, unchanged=True), made
        return report, made

    def build(self, proposed: Kept | None, upon: Generation | None, patience: float) -> BuildReport:
        """Stage everything; see ``generation.stage``."""
        report = self.stage(
            self._choose,
            store=self.store,
            encoder=self.encoder,
            proposed=proposed,
            upon=upon,
            patience=patience,
            progress=_told(self.phase, BUILDING),
        )
        if not report.unchanged:
            self.staged.append(report.generation)
        return report

    def clear(self, but: Generation | None = None) -> None:
        """Give up all that was staged, but for one."""
        for each in [each for each in self.staged if each != but]:
            try:
                discard(self.store, each)
            except LianwenError:  # it is in nobody's way, and goes with a later refresh
                log.warning("%s is left behind", each.name, exc_info=True)
            self.staged.remove(each)

    def _choose(self, held: Sequence[Held]) -> list[Held]:
        self.arrivals, taken = _without_twins(self.reads, held)
        return [*yielding(self.base, held), *(Held(each.parsed, "file") for each in taken)]


def _preview(
    report: BuildReport,
    arrivals: Sequence[Incoming],
    refused: Sequence[FileRefused],
    proposed: ProposedAsks | None = None,
) -> Preview:
    return Preview(
        incoming=tuple(arrivals),
        refused=tuple(refused),
        embedded=report.embedded,
        reused=report.reused,
        unchanged=report.unchanged,
        warnings=report.warnings,
        proposed=proposed,
    )


def _rehearsed(
    preview: Preview,
    report: BuildReport,
    store: Store,
    answering: Callable[[Generation | None], Answering],
    questions: Sequence[str],
    progress: Callable[[int, int], None],
) -> Preview:
    staged = report.generation
    base = next((each for each in store.generations() if each.id == staged.base_id), None)
    held = [*(store.held(base.id) if base else ()), *store.held(staged.id)]
    sizes = {entry.parsed.document.id: len(entry.parsed.clauses) for entry in held}
    changes = changes_of(store, staged)
    asked = questions if changes else ()
    return replace(
        preview,
        documents=title_changes(changes, sizes),
        answers=rehearse(asked, answering(base), answering(staged), progress),
        asked=len(asked),
    )


def _stated(
    read: Sequence[FileRead], said: Mapping[str, Mapping[str, Any]]
) -> list[tuple[FileRead, bool]]:
    """What was read, each with whether an admin says something of it.

    :raises UnreadableError: something is said of a file that is not there, or of one of several.
    """
    names = [each.name for each in read]
    for name in said:
        if names.count(name) != 1:
            why = "不止一份" if name in names else "没有这份"
            raise UnreadableError(
                f"要改信息的文件「{name}」{why}。读到的有：{'、'.join(names[:20]) or '无'}。"
            )
    return [
        (said_of(each, said[each.name]), True) if each.name in said else (each, False)
        for each in read
    ]


def _without_twins(
    read: Sequence[tuple[FileRead, bool]], held: Sequence[Held]
) -> tuple[list[Incoming], list[FileRead]]:
    """Everything that was read, as it is shown, and what of it is not held yet."""
    known = {_identity(entry.parsed): entry.parsed.document.title for entry in held}
    arrivals: list[Incoming] = []
    taken: list[FileRead] = []
    for each, is_stated in read:
        twin = "" if is_stated else known.get(_identity(each.parsed), "")
        arrivals.append(incoming(each, twin))
        if not twin:
            known[_identity(each.parsed)] = each.parsed.document.title
            taken.append(each)
    return arrivals, taken


def _told(phase: Phase | None, words: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if phase:
            phase(words, done, total)

    return tell


def _identity(parsed: ParsedDocument) -> tuple[Document, str]:
    """What makes two documents the same: all that is said of them, and every word, spaces apart."""
    document = replace(
        parsed.document,
        id="",
        title=plain_title(parsed.document.title),
        source="",
        superseded_by="",
        superseded_on=None,
    )
    text = "\n".join(f"{clause.article}{clause.text}" for clause in parsed.clauses)
    return document, "".join(text.split())
