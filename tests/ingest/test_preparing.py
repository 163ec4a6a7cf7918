"""A refresh is prepared from files and shown before anything of it goes live."""

import datetime as dt
from pathlib import Path

import pytest

from ingest import generation
from ingest.comparing import Fate
from ingest.generation import build, discard, go_live, roll_back
from ingest.preparing import prepare
from ingest.preview import PREVIEW
from ingest.reading import FileRead, FileRefused
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.errors import OvertakenError, StoreError, UnreadableError
from knowledge.model import Question
from knowledge.rehearsal import FILE, kept_questions
from knowledge.store.amendments import Amendments
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, TinyEncoder, held, parsed

THIRD = "礼品管理办法第三条"


def read(text: str, name: str = "a.docx") -> FileRead:
    return FileRead(name, "0" * 64, "Word", parsed(text, name))


def prepared(store, *files, refused=(), questions=(THIRD,), **wanted):
    encoder = TinyEncoder()

    def answering(generation):
        return Assistant(store, encoder, Composer("纪检"), pinned=generation)

    return prepare(
        files,
        refused,
        store=store,
        encoder=encoder,
        answering=answering,
        questions=questions,
        **wanted,
    )


def answer(store) -> str:
    return Assistant(store, TinyEncoder(), Composer("纪检")).ask(Question(THIRD)).text


def test_what_is_prepared_answers_nobody_until_it_goes_live(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS_REVISED))
    assert "十日" in answer(store)
    go_live(store, made.generation)
    assert "五日" in answer(store)


def test_the_preview_lists_documents_articles_and_answers_that_change(store):
    build(held(GIFTS, CARS), store=store, encoder=TinyEncoder())
    preview = prepared(store, read(GIFTS_REVISED), questions=(THIRD, "公务用车办法第二条")).preview
    fates = {(each.fate, each.title): each for each in preview.documents}
    changed = fates[Fate.CHANGED, "礼品管理办法"]
    assert [each.after_label for each in changed.places] == ["第三条", "第四条"]
    assert fates[Fate.SUPERSEDED, "礼品管理办法"].superseded_by == "礼品管理办法"
    (differently,) = preview.answers
    assert differently.question == THIRD
    assert differently.before.places == ("《礼品管理办法》（2020）第三条",)
    assert differently.after.places == ("《礼品管理办法》（2024）第三条",)
    assert preview.asked == 2


def test_a_preview_outlasts_being_kept(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    refused = [FileRefused("b.doc", "「b.doc」打不开。请另存为 .docx。")]
    preview = prepared(store, read(GIFTS_REVISED), refused=refused).preview
    assert PREVIEW.validate_json(PREVIEW.dump_json(preview)) == preview


def test_a_file_whose_words_are_held_is_passed_over_and_named(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    spaced = GIFTS.replace("，", "， ")
    made = prepared(store, read(spaced, "同一份.pdf"), read(CARS, "新的.docx"))
    assert [(e.file, e.duplicate) for e in made.preview.incoming] == [
        ("同一份.pdf", "礼品管理办法"),
        ("新的.docx", ""),
    ]
    assert [each.title for each in made.preview.documents] == ["公务用车办法"]


def test_the_same_file_twice_in_one_refresh_is_taken_once(store):
    made = prepared(store, read(GIFTS, "a.docx"), read(GIFTS, "a.pdf"))
    assert [bool(each.duplicate) for each in made.preview.incoming] == [False, True]
    assert made.report.documents == 1


def test_nothing_new_is_no_new_generation(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS))
    assert made.generation is None
    assert made.preview.unchanged
    assert store.staged() == []


def test_what_an_admin_says_of_a_file_counts_more_than_what_was_read(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    said = {
        "a.docx": {"title": "礼品登记办法", "effective": "2025-03-01", "number": "内发〔2025〕1号"}
    }
    made = prepared(store, read(GIFTS), said=said)
    go_live(store, made.generation)
    documents = [e.parsed.document for e in store.held(store.live_generation().id)]
    (new,) = [each for each in documents if each.title == "礼品登记办法"]
    assert (new.effective, new.number) == (dt.date(2025, 3, 1), "内发〔2025〕1号")


@pytest.mark.parametrize("said", [{"titel": "x"}, {"effective": "明年"}, {"kind": "小说"}])
def test_what_makes_no_sense_is_refused_with_the_remedy(store, said):
    with pytest.raises(UnreadableError, match=r"可以写的|应当是"):
        prepared(store, read(GIFTS), said={"a.docx": said})
    assert store.staged() == []


def test_a_document_is_removed_in_every_version(store):
    build(held(GIFTS, GIFTS_REVISED, CARS), store=store, encoder=TinyEncoder())
    made = prepared(store, removed=["《礼品管理办法》"])
    assert {each.fate for each in made.preview.documents} == {Fate.REMOVED}
    go_live(store, made.generation)
    live = store.held(store.live_generation().id)
    assert [each.parsed.document.title for each in live] == ["公务用车办法"]


def test_removing_what_is_not_held_says_so(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    with pytest.raises(UnreadableError, match="lianwen documents"):
        prepared(store, removed=["没有这个"])


def test_what_was_prepared_before_another_refresh_is_overtaken(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS_REVISED))
    build(held(CARS), store=store, encoder=TinyEncoder())
    with pytest.raises(OvertakenError, match="重新预览"):
        go_live(store, made.generation)
    assert "十日" in answer(store)


def test_a_second_consent_changes_nothing_more(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS_REVISED))
    go_live(store, made.generation)
    with pytest.raises(StoreError, match="已经生效"):
        go_live(store, made.generation)


def test_a_discarded_refresh_leaves_neither_row_nor_folder(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS_REVISED))
    discard(store, made.generation)
    assert store.staged() == []
    assert [each.name for each in store.generations_folder.iterdir()] == [
        store.live_generation().name
    ]


def test_an_index_that_was_damaged_since_does_not_go_live(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS_REVISED))
    (store.folder(made.generation.name) / "lexical.sqlite3").unlink()
    with pytest.raises(StoreError, match="没有生效"):
        go_live(store, made.generation)
    assert "十日" in answer(store)


def test_the_unit_keeps_its_own_questions(tmp_path: Path):
    assert len(kept_questions(tmp_path)) > 15
    (tmp_path / FILE).write_text("# 我们的\n甲？\n\n乙？\n甲？\n", encoding="utf-8-sig")
    assert kept_questions(tmp_path) == ["甲？", "乙？"]


def test_what_comes_along_does_not_take_the_place_of_the_units_own_file(store):
    own = GIFTS.replace("十日内", "三日内")
    go_live(store, prepared(store, read(own), base=held(GIFTS, origin="shipped")).generation)
    assert "三日" in answer(store)
    made = prepared(store, read(CARS), base=held(GIFTS, origin="shipped"))
    go_live(store, made.generation)
    assert "三日" in answer(store)


def test_the_order_in_which_files_come_changes_nothing(store):
    build(held(GIFTS, CARS), store=store, encoder=TinyEncoder())
    assert build(held(CARS, GIFTS), store=store, encoder=TinyEncoder()).unchanged


def test_consent_to_one_refresh_never_puts_another_live(store):
    """The database may give a discarded refresh's number again."""
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    seen = prepared(store, read(GIFTS_REVISED)).generation
    discard(store, seen)
    other = prepared(store, read(CARS)).generation
    assert other.name != seen.name
    with pytest.raises(OvertakenError):
        go_live(store, seen)
    assert store.live_generation().base_id is None


def test_a_file_given_together_with_the_removal_of_its_title_is_held_anew(store):
    build(held(GIFTS, CARS), store=store, encoder=TinyEncoder())
    made = prepared(store, read(GIFTS), removed=["礼品管理办法"])
    assert [each.duplicate for each in made.preview.incoming] == [""]
    titles = {e.parsed.document.title for e in store.held(made.report.generation.id)}
    assert titles == {"礼品管理办法", "公务用车办法"}


def test_what_is_added_is_chosen_in_sight_of_what_is_held_by_then(store, monkeypatch):
    """Somebody else's refresh goes live while this one waits for its turn."""
    build(held(GIFTS, origin="shipped"), store=store, encoder=TinyEncoder())
    own = GIFTS.replace("十日内", "三日内")
    wait = generation._alone
    monkeypatch.setattr(
        generation,
        "_alone",
        lambda *given: monkeypatch.undo() or _after_another(store, own, wait(*given)),
    )
    made = prepared(store, read(CARS), base=held(GIFTS, origin="shipped"))
    go_live(store, made.generation)
    assert "三日" in answer(store)


def _after_another(store, text, lock):
    build(held(text), store=store, encoder=TinyEncoder())
    return lock


def test_the_same_words_under_other_particulars_are_no_duplicate(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    numbered = "---\nnumber: 内发〔2025〕9号\n---\n" + GIFTS
    made = prepared(store, read(numbered))
    assert [(each.fate, each.title) for each in made.preview.documents] == [
        (Fate.RESTATED, "礼品管理办法")
    ]


@pytest.mark.parametrize("files", [("b.docx",), ("a.docx", "a.docx")])
def test_what_is_said_of_no_file_or_of_two_is_refused_by_name(store, files):
    texts = (GIFTS, CARS)
    with pytest.raises(UnreadableError, match=r"a\.docx"):
        prepared(
            store,
            *(read(text, name) for text, name in zip(texts, files, strict=False)),
            said={"a.docx": {"number": "1号"}},
        )


def test_a_question_that_nobody_could_ask_is_named_and_the_others_are_tried(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    preview = prepared(store, read(GIFTS_REVISED), questions=("问" * 5000, THIRD)).preview
    long, differently = preview.answers
    assert "太长" in long.after.text
    assert differently.question == THIRD


def test_a_rehearsal_that_breaks_leaves_nothing_staged(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())

    def broken(pinned):
        raise StoreError("坏了。请重试。")

    with pytest.raises(StoreError, match="坏了"):
        prepare(
            [read(GIFTS_REVISED)],
            [],
            store=store,
            encoder=TinyEncoder(),
            answering=broken,
            questions=[THIRD],
        )
    assert store.staged() == []


def test_a_rule_comes_back_into_force_when_what_repealed_it_says_so_no_more(store):
    repealing = CARS.replace("第三条 本", "第三条 《礼品管理办法》同时废止。本")
    build(held(GIFTS, repealing), store=store, encoder=TinyEncoder())
    live = store.held(store.live_generation().id)
    assert [each.parsed.document.superseded_by for each in live] == ["公务用车办法", ""]
    made = prepared(store, removed=["公务用车办法"])
    assert (Fate.RESTORED, "礼品管理办法") in {
        (each.fate, each.title) for each in made.preview.documents
    }
    go_live(store, made.generation)
    (gifts,) = store.held(store.live_generation().id)
    assert gifts.parsed.document.in_force


def test_a_rollback_to_damaged_indexes_is_refused(store):
    first = build(held(GIFTS), store=store, encoder=TinyEncoder()).generation
    build(held(GIFTS_REVISED), store=store, encoder=TinyEncoder())
    (store.folder(first.name) / "calibration.npz").write_bytes(b"no zip")
    with pytest.raises(StoreError, match="没有退回"):
        roll_back(store)
    assert "五日" in answer(store)


def test_a_rollback_takes_back_what_people_would_have_been_told(store):
    build(held(GIFTS), store=store, encoder=TinyEncoder())
    build(held(GIFTS_REVISED), store=store, encoder=TinyEncoder())
    amended = Amendments(store.database)
    assert {each.amendment.article for each in amended.standing()} == {"第三条", "第四条"}
    roll_back(store)
    assert amended.standing() == []
