"""What found no answer is answered in writing, reviewed, given from then on, and told."""

from __future__ import annotations

import sqlalchemy as sa

from bot.telegram.desk import Desk
from bot.telegram.insight.faq_screens import CHANGED
from bot.telegram.insight.faq_telling import tell_askers
from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.model import Answer, Outcome, Question
from knowledge.people import Member, Role
from knowledge.store import Database, Records
from knowledge.store.once import OnceRow
from tests.bot.conftest import KEY, Serve, all_handled, settings_for
from tests.bot.samples import ADMIN, GIFTS, MEMBERS, REVIEWER, FakeAsker
from tests.fakes import CARS, TinyEncoder, held
from tests.peer import Peer

MEMBER, OTHER = MEMBERS
BASIS = "依据：示例纪律处分条例第九十七条"
WRITTEN = f"不可以。表弟的店在辖区内，您应当回避。\n如有疑问请找纪检组。\n{BASIS}"


def nothing(question: Question) -> Answer:
    return Answer(Outcome.NO_BASIS, "没有依据。")


async def asked_in_vain(peer: Peer, records: Records) -> None:
    for person in (ADMIN, REVIEWER):  # they pressed Start at some time
        peer.knows(person)
    for person, text in (
        (MEMBER, "我表弟想在辖区开一家药店，可以吗？"),
        (OTHER, "我表弟想在辖区开药店，可以吗？"),
        (OTHER, "食堂几点开饭"),
    ):
        await peer.say(person, text)
        await all_handled(peer, records)


async def last(peer: Peer, person: int):
    return peer.messages(person)[-1]


async def pressed(peer: Peer, records: Records, person: int, label: str) -> None:
    message = next(m for m in reversed(peer.messages(person)) if label in m.buttons)
    await peer.press(person, message.message_id, label)
    await all_handled(peer, records)


async def replied(peer: Peer, records: Records, person: int, words: str, text: str) -> None:
    card = next(m for m in reversed(peer.messages(person)) if words in m.text)
    await peer.say(person, text, reply_to=card.message_id)
    await all_handled(peer, records)


async def written(peer: Peer, records: Records, text: str = WRITTEN) -> None:
    await asked_in_vain(peer, records)
    await peer.say(ADMIN, "/gaps")
    await all_handled(peer, records)
    await pressed(peer, records, ADMIN, "书面答复")
    await replied(peer, records, ADMIN, "请用“回复”功能", text)


async def test_alike_questions_stand_in_one_group_the_largest_first(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await asked_in_vain(peer, records)
    await peer.say(ADMIN, "/gaps")
    await all_handled(peer, records)
    told = await last(peer, ADMIN)
    assert "第 1 组，共 2 组" in told.text
    assert "问过 2 次，2 人" in told.text
    assert "表弟" in told.text
    assert "食堂" not in told.text
    await pressed(peer, records, ADMIN, "下一组")
    assert "食堂几点开饭" in (await last(peer, ADMIN)).text


async def test_what_needs_no_answer_is_put_aside(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await asked_in_vain(peer, records)
    await peer.say(ADMIN, "/gaps")
    await all_handled(peer, records)
    await pressed(peer, records, ADMIN, "下一组")
    await pressed(peer, records, ADMIN, "不用答复")
    assert "共 1 组" in (await last(peer, ADMIN)).text
    assert "食堂" not in (await last(peer, ADMIN)).text


async def test_only_admins_see_what_was_asked(peer: Peer, serve: Serve, records: Records) -> None:
    await serve(FakeAsker(nothing))
    await asked_in_vain(peer, records)
    for person in (MEMBER, REVIEWER):
        await peer.say(person, "/gaps")
        await all_handled(peer, records)
        assert "不对您的角色开放" in (await last(peer, person)).text


async def test_an_answer_is_previewed_reviewed_given_and_told_once(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    preview = await last(peer, ADMIN)
    assert GIFTS.paragraphs[0].text in preview.text
    assert "不可以。表弟的店在辖区内" in preview.text
    assert "依据：示例" not in preview.text
    assert not records.faq.approved()
    await pressed(peer, records, ADMIN, "提交审核")
    card = await last(peer, REVIEWER)
    assert "用户1001" in card.text or "管理员" in card.text
    before = {person: len(peer.messages(person)) for person in MEMBERS}
    await pressed(peer, records, REVIEWER, "通过")
    (entry,) = records.faq.approved()
    assert entry.answer.startswith("不可以。")
    for person in MEMBERS:
        (told,) = peer.messages(person)[before[person] :]
        assert "人工答复" in told.text
        assert GIFTS.paragraphs[0].text in told.text
    # A second press, by whoever still has the button, changes and tells nothing.
    await peer.press(REVIEWER, card.message_id, card.buttons["通过"])
    await all_handled(peer, records)
    assert [len(peer.messages(each)) - before[each] for each in MEMBERS] == [1, 1]
    assert {"faq.review", "faq.approved"} <= {each.action for each in records.audit.recent()}


async def test_nobody_reviews_their_own_answer_while_there_are_others(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    await pressed(peer, records, ADMIN, "提交审核")
    card = await last(peer, REVIEWER)
    mine = await last(peer, ADMIN)
    await peer.press(ADMIN, mine.message_id, card.buttons["通过"])
    await all_handled(peer, records)
    assert "要由别人审核" in peer.answered_callbacks[-1]["text"]
    assert not records.faq.approved()


async def test_without_anyone_else_the_author_reviews_and_it_is_noted(
    peer: Peer, serve: Serve, records: Records
) -> None:
    records.members.set_reachable(REVIEWER, False)
    await serve(FakeAsker(nothing))
    await written(peer, records)
    await pressed(peer, records, ADMIN, "提交审核")
    assert "没有其他审核人" in (await last(peer, ADMIN)).text
    await pressed(peer, records, ADMIN, "通过")
    assert records.faq.approved()
    approved = next(e for e in records.audit.recent() if e.action == "faq.approved")
    assert approved.details["own"] == 1


async def test_a_returned_answer_goes_back_with_its_reason_and_may_be_mended(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    await pressed(peer, records, ADMIN, "提交审核")
    await pressed(peer, records, REVIEWER, "退回：表述不清")
    assert "被退回：表述不清" in (await last(peer, ADMIN)).text
    await replied(peer, records, ADMIN, "请用“回复”功能", WRITTEN.replace("不可以", "不行"))
    await pressed(peer, records, ADMIN, "提交审核")
    await pressed(peer, records, REVIEWER, "通过")
    assert records.faq.approved()[0].answer.startswith("不行")


async def test_an_answer_without_a_basis_that_is_held_is_not_kept(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    for text, told in (
        ("不可以。", "没有找到“依据：”这一行"),
        ("不可以。\n依据：示例纪律处分条例第一百条", "找不到这条依据"),
        ("不可以。\n依据：民法典", "找不到这条依据"),
        ("依据：示例纪律处分条例第九十七条", "只有依据"),
        ("长" * 1600 + "\n依据：示例纪律处分条例第九十七条", "答复太长"),
    ):
        if not peer.messages(ADMIN):
            await written(peer, records, text)
        else:
            await replied(peer, records, ADMIN, "请用“回复”功能回复本条", text)
        assert told in (await last(peer, ADMIN)).text
        assert "提交审核" not in (await last(peer, ADMIN)).buttons


async def test_a_retired_answer_is_given_no_more(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    await pressed(peer, records, ADMIN, "提交审核")
    await pressed(peer, records, REVIEWER, "通过")
    await peer.say(REVIEWER, "/faq")
    await all_handled(peer, records)
    (label,) = (each for each in (await last(peer, REVIEWER)).buttons if "在用" in each)
    await pressed(peer, records, REVIEWER, label)
    await pressed(peer, records, REVIEWER, "停用")
    assert records.faq.approved()
    await pressed(peer, records, REVIEWER, "确认停用")
    assert not records.faq.approved()


async def test_an_approved_answer_reaches_the_next_who_asks_through_the_real_core(
    peer: Peer, serve: Serve, records: Records, store
) -> None:
    from ingest.generation import build
    from knowledge.faq import basis_of
    from knowledge.finding import named
    from knowledge.verification import cite

    build(held(CARS), store=store, encoder=TinyEncoder())
    assistant = Assistant(store, TinyEncoder(), Composer("机关纪委"), faq=records.faq)
    library = assistant.library()
    clause = named(library, "公务用车办法第一条")
    assert clause is not None
    citation = cite(library.documents[clause.document_id], clause, clause.text)
    entry_id = records.faq.begin(ADMIN, ["执法车能不能顺路去幼儿园接小孩"], [])
    records.faq.write(entry_id, "不能。接孩子是私事。", basis_of(citation))
    await serve(assistant)
    await peer.say(MEMBER, "执法车能不能顺路去幼儿园接小孩？")
    await all_handled(peer, records)
    assert "接孩子是私事" not in (await last(peer, MEMBER)).text
    for before, after in (("draft", "review"), ("review", "approved")):
        records.faq.move(entry_id, {type_of(before)}, type_of(after), REVIEWER)
    await peer.say(OTHER, "执法车能不能顺路去幼儿园接小孩？")
    await all_handled(peer, records)
    told = (await last(peer, OTHER)).text
    assert told.startswith("不能。接孩子是私事。")
    assert "人工答复" in told
    assert clause.text in told
    # Another question is none of its business, and once the clause changes nobody gets it.
    await peer.say(OTHER, "节假日公车要封存吗")
    await all_handled(peer, records)
    assert "接孩子是私事" not in (await last(peer, OTHER)).text
    changed = held(CARS.replace("探亲访友等", ""))
    build(changed, store=store, encoder=TinyEncoder(), replace_all=True)
    await peer.say(OTHER, "/new")
    await peer.say(OTHER, "执法车能不能顺路去幼儿园接小孩？")
    await all_handled(peer, records)
    assert "接孩子是私事" not in (await last(peer, OTHER)).text


def type_of(word: str):
    from knowledge.faq import State

    return State(word)


async def test_a_member_who_left_is_not_told(peer: Peer, serve: Serve, records: Records) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    records.members.add(Member(MEMBER, Role.OFFICER, "甲", "一队", reachable=False))
    before = len(peer.messages(MEMBER))
    await pressed(peer, records, ADMIN, "提交审核")
    await pressed(peer, records, REVIEWER, "通过")
    assert len(peer.messages(MEMBER)) == before
    assert "已告知 1 位提问人" in (await last(peer, REVIEWER)).text


async def submitted(peer: Peer, records: Records, text: str = WRITTEN) -> None:
    await written(peer, records, text)
    await pressed(peer, records, ADMIN, "提交审核")


def claimed(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(sa.select(OnceRow.key)))


async def test_what_notes_who_was_told_holds_nobodys_number(
    peer: Peer, serve: Serve, records: Records, database: Database
) -> None:
    await serve(FakeAsker(nothing))
    await submitted(peer, records)
    await pressed(peer, records, REVIEWER, "通过")
    keys = [each for each in claimed(database) if each.startswith("faq:")]
    parts = {part for key in keys for part in key.split(":")}
    assert len([key for key in keys if ":approved:" in key]) == 3  # two askers and the author
    assert not parts & {str(person) for person in (*MEMBERS, ADMIN, REVIEWER)}
    assert records.asked.person(MEMBER) in parts


async def test_members_own_wordings_are_read_by_the_reviewer_and_by_nobody_else(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await submitted(peer, records, f"问：亲属能在辖区里做生意吗\n{WRITTEN}")
    card = await last(peer, REVIEWER)
    assert "问：亲属能在辖区里做生意吗" in card.text
    assert card.text.count("我表弟想") == 2
    assert "也按这些问法匹配" in card.text
    await pressed(peer, records, REVIEWER, "通过")
    for person in MEMBERS:
        told = (await last(peer, person)).text
        assert "问：亲属能在辖区里做生意吗" in told
        assert "我表弟想" not in told
    (entry,) = records.faq.approved()
    assert entry.answer == WRITTEN.removesuffix(f"\n{BASIS}")


async def test_without_a_line_of_its_own_the_public_wording_is_the_one_on_the_card(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records, f"问：药店的事\n{WRITTEN}")
    await replied(peer, records, ADMIN, "请用“回复”功能回复本条", WRITTEN)
    preview = (await last(peer, ADMIN)).text
    assert "药店的事" not in preview
    assert preview.count("问：我表弟想") == 1
    assert preview.count("· 我表弟想") == 1


async def test_a_question_that_matches_another_wording_is_told_only_the_public_one(
    records: Records, store
) -> None:
    from ingest.generation import build
    from knowledge.faq import basis_of
    from knowledge.finding import named
    from knowledge.verification import cite

    build(held(CARS), store=store, encoder=TinyEncoder())
    assistant = Assistant(store, TinyEncoder(), Composer("机关纪委"), faq=records.faq)
    library = assistant.library()
    clause = named(library, "公务用车办法第一条")
    assert clause is not None
    citation = cite(library.documents[clause.document_id], clause, clause.text)
    own = "我们队张三的执法车能不能顺路去幼儿园接小孩"
    entry_id = records.faq.begin(ADMIN, ["执法车能不能接小孩", own], [])
    records.faq.write(entry_id, "不能。", basis_of(citation))
    for before, after in (("draft", "review"), ("review", "approved")):
        records.faq.move(entry_id, {type_of(before)}, type_of(after), REVIEWER)
    answer = assistant.ask(Question(own))
    assert answer.text == "不能。"
    assert "「执法车能不能接小孩」" in answer.notes[0]
    assert "张三" not in "".join(answer.notes)


async def test_a_stale_card_approves_and_returns_nothing_that_its_reader_never_saw(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await submitted(peer, records)
    stale = await last(peer, REVIEWER)
    await peer.press(REVIEWER, stale.message_id, "退回：表述不清")
    await all_handled(peer, records)
    await replied(peer, records, ADMIN, "请用“回复”功能", WRITTEN.replace("不可以", "可以"))
    await pressed(peer, records, ADMIN, "提交审核")
    for label in ("通过", "退回：依据不对"):
        await peer.press(REVIEWER, stale.message_id, stale.buttons[label])
        await all_handled(peer, records)
        assert peer.answered_callbacks[-1]["text"] == CHANGED
        (entry,) = records.faq.in_state(type_of("review"))
        now = next(m for m in peer.messages(REVIEWER) if m.message_id == stale.message_id)
        assert entry.answer in now.text
        assert now.buttons["通过"] != stale.buttons["通过"]
    await peer.press(REVIEWER, stale.message_id, "通过")
    await all_handled(peer, records)
    assert records.faq.approved()[0].answer.startswith("可以")


async def test_a_stale_preview_submits_nothing_but_shows_what_was_written_last(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    stale = await last(peer, ADMIN)
    await replied(peer, records, ADMIN, "请用“回复”功能回复本条", WRITTEN.replace("不可以", "可以"))
    before = len(peer.messages(REVIEWER))
    await peer.press(ADMIN, stale.message_id, "提交审核")
    await all_handled(peer, records)
    assert peer.answered_callbacks[-1]["text"] == CHANGED
    assert len(peer.messages(REVIEWER)) == before
    await peer.press(ADMIN, stale.message_id, "提交审核")
    await all_handled(peer, records)
    assert "\n可以。" in (await last(peer, REVIEWER)).text


async def test_after_a_crash_in_the_middle_of_approval_the_same_press_tells_the_rest(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await submitted(peer, records)
    before = {person: len(peer.messages(person)) for person in (*MEMBERS, ADMIN)}
    (entry,) = records.faq.in_state(type_of("review"))
    # What was kept when the bot went down, one asker having been told.
    moved = records.faq.move(entry.id, {type_of("review")}, type_of("approved"), REVIEWER)
    assert moved is not None
    assert records.faq.begin_telling(moved, records.asked.person(MEMBER))
    records.faq.end_telling(moved, records.asked.person(MEMBER), True)
    await pressed(peer, records, REVIEWER, "通过")
    assert [len(peer.messages(each)) - before[each] for each in (*MEMBERS, ADMIN)] == [0, 1, 1]
    assert "已告知 2 位提问人" in (await last(peer, REVIEWER)).text
    assert [each.action for each in records.audit.recent()].count("faq.approved") == 1


async def test_who_was_not_reached_is_told_at_the_next_press(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await submitted(peer, records)
    before = {person: len(peer.messages(person)) for person in MEMBERS}
    peer.refuse("sendMessage", 400, "Bad Request: not just now")
    await pressed(peer, records, REVIEWER, "通过")
    assert sum(len(peer.messages(each)) - before[each] for each in MEMBERS) == 1
    assert "还有 1 位没有送达" in (await last(peer, REVIEWER)).text
    await pressed(peer, records, REVIEWER, "再告知一次")
    assert [len(peer.messages(each)) - before[each] for each in MEMBERS] == [1, 1]
    assert (await last(peer, REVIEWER)).buttons == {}


async def test_who_was_not_reached_is_told_without_a_press_too(
    peer: Peer, serve: Serve, records: Records
) -> None:
    asker = FakeAsker(nothing)
    application = await serve(asker)
    await submitted(peer, records)
    before = {person: len(peer.messages(person)) for person in MEMBERS}
    peer.refuse("sendMessage", 400, "Bad Request: not just now")
    await pressed(peer, records, REVIEWER, "通过")
    desk = Desk(settings_for(peer), asker, records, KEY)
    for _ in range(2):
        await tell_askers(application.bot, desk)
        assert [len(peer.messages(each)) - before[each] for each in MEMBERS] == [1, 1]


async def test_a_reviewer_who_got_no_card_gets_it_when_submitting_is_done_again(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await written(peer, records)
    (entry,) = records.faq.in_state(type_of("draft"))
    before = len(peer.messages(REVIEWER))
    records.faq.move(entry.id, {type_of("draft")}, type_of("review"), ADMIN)
    preview = await last(peer, ADMIN)
    for _ in range(2):
        await peer.press(ADMIN, preview.message_id, preview.buttons["提交审核"])
        await all_handled(peer, records)
        assert len(peer.messages(REVIEWER)) == before + 1


async def test_an_author_who_was_not_told_of_a_return_is_told_at_the_same_press(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await submitted(peer, records)
    card = await last(peer, REVIEWER)
    (entry,) = records.faq.in_state(type_of("review"))
    records.faq.move(entry.id, {type_of("review")}, type_of("returned"), REVIEWER)
    before = len(peer.messages(ADMIN))
    for _ in range(2):
        await peer.press(REVIEWER, card.message_id, card.buttons["退回：表述不清"])
        await all_handled(peer, records)
        (told,) = peer.messages(ADMIN)[before:]
        assert "被退回：表述不清" in told.text


async def test_seven_wordings_of_a_thousand_characters_share_one_message(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    for number in range(7):
        records.asked.add(MEMBER, f"{'表弟在辖区开药店' * 124}{number}", "no_basis", 1, [], False)
    await peer.say(ADMIN, "/gaps")
    await all_handled(peer, records)
    told = await last(peer, ADMIN)
    assert "问过 7 次" in told.text
    assert told.text.count("· 表弟在辖区开药店") == 6
    await pressed(peer, records, ADMIN, "书面答复")
    assert "请用“回复”功能" in (await last(peer, ADMIN)).text


async def test_cards_too_long_for_one_message_take_two_the_buttons_under_the_last(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    for person in (ADMIN, REVIEWER, MEMBER):
        peer.knows(person)
    # Telegram counts each of these characters twice.
    records.asked.add(MEMBER, "🐎" * 1_000, "no_basis", 1, [], False)
    await peer.say(ADMIN, "/gaps")
    await all_handled(peer, records)
    await pressed(peer, records, ADMIN, "书面答复")
    await replied(peer, records, ADMIN, "请用“回复”功能", f"不可以。{'🐎' * 1_400}\n{BASIS}")
    await pressed(peer, records, ADMIN, "提交审核")
    first, second = peer.messages(REVIEWER)[-2:]
    assert "待审核的书面答复" in first.text
    assert not first.buttons
    assert GIFTS.paragraphs[0].text in second.text
    await pressed(peer, records, REVIEWER, "通过")
    assert GIFTS.paragraphs[0].text in (await last(peer, MEMBER)).text


async def test_a_group_whose_card_could_not_be_sent_stays_on_the_list(
    peer: Peer, serve: Serve, records: Records
) -> None:
    await serve(FakeAsker(nothing))
    await asked_in_vain(peer, records)
    await peer.say(ADMIN, "/gaps")
    await all_handled(peer, records)
    peer.refuse("sendMessage", 400, "Bad Request: not just now")
    await pressed(peer, records, ADMIN, "书面答复")
    assert not records.faq.settled()
    assert not records.faq.in_state(type_of("writing"))


async def test_a_group_whose_card_a_crash_kept_from_coming_stays_on_the_list(
    records: Records,
) -> None:
    entry_id = records.faq.begin(ADMIN, ["食堂几点开饭"], [7])
    assert not records.faq.settled()
    records.faq.carded(entry_id, 1)
    assert records.faq.settled() == {7}
