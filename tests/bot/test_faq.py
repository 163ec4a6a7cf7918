"""What found no answer is answered in writing, reviewed, given from then on, and told."""

from __future__ import annotations

from knowledge.answering import Composer
from knowledge.assistant import Assistant
from knowledge.model import Answer, Outcome, Question
from knowledge.people import Member, Role
from knowledge.store import Records
from tests.bot.conftest import Serve, all_handled
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
