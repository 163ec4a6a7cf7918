"""The peer refuses what Telegram refuses, in Telegram's words."""

from __future__ import annotations

import aiohttp
import pytest

from tests.peer import TOKEN, MarkupError, Peer, parse_html


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("<b>字</b>", "bold"),
        ("<strong>字</strong>", "bold"),
        ("<i>字</i>", "italic"),
        ("<em>字</em>", "italic"),
        ("<u>字</u>", "underline"),
        ("<ins>字</ins>", "underline"),
        ("<s>字</s>", "strikethrough"),
        ("<strike>字</strike>", "strikethrough"),
        ("<del>字</del>", "strikethrough"),
        ('<span class="tg-spoiler">字</span>', "spoiler"),
        ("<tg-spoiler>字</tg-spoiler>", "spoiler"),
        ("<code>字</code>", "code"),
        ("<pre>字</pre>", "pre"),
        ("<blockquote>字</blockquote>", "blockquote"),
        ("<blockquote expandable>字</blockquote>", "expandable_blockquote"),
        ("<blockquote expandable=''>字</blockquote>", "expandable_blockquote"),
        ("<a href='https://example.org'>字</a>", "text_link"),
        ('<tg-emoji emoji-id="5368324170671202286">字</tg-emoji>', "custom_emoji"),
        ("<B>字</B>", "bold"),
        ("<b>字</>", "bold"),
        ("<b>字</b  >", "bold"),
    ],
)
def test_each_known_tag_is_one_entity(source: str, kind: str) -> None:
    parsed = parse_html(source)
    assert parsed.text == "字"
    assert [entity.type for entity in parsed.entities] == [kind]


def test_code_with_a_language_inside_pre_is_one_entity() -> None:
    parsed = parse_html('<pre><code class="language-python">x = 1</code></pre>')
    assert [(entity.type, entity.argument) for entity in parsed.entities] == [("pre", "python")]


def test_offsets_count_utf16_units() -> None:
    parsed = parse_html("𠮷<b>😀字</b>")
    (bold,) = parsed.entities
    assert (bold.offset, bold.length) == (2, 3)
    assert parsed.slice(bold) == "😀字"


def test_tags_nest_and_empty_ones_leave_nothing() -> None:
    parsed = parse_html("<b>一<i>二</i></b><u></u>")
    assert [(entity.type, entity.length) for entity in parsed.entities] == [
        ("bold", 2),
        ("italic", 1),
    ]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a < b and c > d", 'Unsupported start tag "" at byte offset 2'),
        ("a < b", "Unclosed start tag at byte offset 2|Unsupported start tag"),
        ("字<p>", 'Unsupported start tag "p" at byte offset 3'),
        ("一<br>二", 'Unsupported start tag "br" at byte offset 3'),
        ("<b/>", 'Unsupported start tag "b/" at byte offset 0'),
        ("<!-- x -->", 'Unsupported start tag "!--" at byte offset 0'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler"'),
        ("<b =1>x</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ("<a href>x</a>", "Expected equal sign in declaration of an attribute"),
        ("<a href=a/b>x</a>", "Unexpected end of name token at byte offset 0"),
        ('<a href="x>x</a>', "Unclosed start tag at byte offset 0"),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier"),
        ("<blockquote><blockquote>x</blockquote></blockquote>", "Nested blockquote"),
    ],
)
def test_what_telegram_refuses_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_html(source)
    assert any(part in str(refused.value) for part in complaint.split("|"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&lt;b&gt; &amp; &quot;", '<b> & "'),
        ("&lt;&amp", "<&"),
        ("&#20013;&#x4E2D;", "中中"),
        ("&nbsp;&copy;&hellip;", "&nbsp;&copy;&hellip;"),
        ("A & B; &", "A & B; &"),
        ("&#0;&#xFFFFFFFFF;&#xD800;", "&#0;&#xFFFFFFFFF;&#xD800;"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_only_four_named_references_are_decoded(source: str, text: str) -> None:
    assert parse_html(source).text == text


async def _send(peer: Peer, method: str = "sendMessage", **params: object) -> dict[str, object]:
    url = f"{peer.url}/bot{TOKEN}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=params) as response:
        found: dict[str, object] = await response.json()
        return found


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("", "Bad Request: message text is empty"),
        ("<b> </b>", "Bad Request: message text is empty"),
        ("a < b >", "Bad Request: can't parse entities: Unsupported start tag"),
        ("😀" * 2049, "Bad Request: message is too long"),
        ("<b>x</b> " * 101, "Bad Request: peer: 101 entities"),
    ],
)
async def test_messages_over_a_limit_are_refused(peer: Peer, text: str, description: str) -> None:
    peer.knows(1)
    found = await _send(peer, chat_id=1, text=text, parse_mode="HTML")
    assert (found["ok"], found["error_code"]) == (False, 400)
    assert str(found["description"]).startswith(description)


async def test_the_limit_counts_what_is_left_after_parsing(peer: Peer) -> None:
    peer.knows(1)
    text = "<b>" + "&amp;" * 4096 + "</b>"
    assert (await _send(peer, chat_id=1, text=text, parse_mode="HTML"))["ok"]


async def test_without_a_parse_mode_nothing_is_markup(peer: Peer) -> None:
    peer.knows(1)
    assert (await _send(peer, chat_id=1, text="a < b"))["ok"]
    assert peer.messages(1)[0].text == "a < b"


async def test_unknown_chats_blocked_chats_and_wrong_tokens_are_refused(peer: Peer) -> None:
    assert (await _send(peer, chat_id=1, text="x"))["error_code"] == 400
    peer.knows(1)
    peer.blocked.add(1)
    assert (await _send(peer, chat_id=1, text="x"))["error_code"] == 403
    url = f"{peer.url}/bot1:wrong/getMe"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 401


async def test_updates_stay_until_a_higher_offset_acknowledges_them(peer: Peer) -> None:
    await peer.say(1, "一")
    await peer.say(1, "二")
    first = await _send(peer, "getUpdates", timeout=0)
    again = await _send(peer, "getUpdates", timeout=0)
    assert first["result"] == again["result"]
    left = await _send(peer, "getUpdates", offset=2, timeout=0)
    assert [update["message"]["text"] for update in left["result"]] == ["二"]  # type: ignore[attr-defined]


async def test_a_file_is_sent_found_and_fetched(peer: Peer) -> None:
    peer.knows(1)
    form = aiohttp.FormData({"chat_id": "1", "caption": "文件"}, quote_fields=False)
    form.add_field("document", "正文".encode(), filename="规定.txt")
    base = f"{peer.url}/bot{TOKEN}"
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/sendDocument", data=form) as response:
            sent = (await response.json())["result"]
        file_id = sent["document"]["file_id"]
        async with session.get(f"{base}/getFile", params={"file_id": file_id}) as response:
            path = (await response.json())["result"]["file_path"]
        async with session.get(f"{peer.url}/file/bot{TOKEN}/{path}") as response:
            assert (await response.read()).decode() == "正文"
    assert peer.messages(1)[0].document == ("规定.txt", "正文".encode())


async def test_a_button_can_be_pressed_answered_once_and_its_message_edited(peer: Peer) -> None:
    peer.knows(1)
    markup = {"inline_keyboard": [[{"text": "有用", "callback_data": "good"}]]}
    await _send(peer, chat_id=1, text="答复", reply_markup=markup)
    (message,) = peer.messages(1)
    query_id = await peer.press(1, message.message_id, "good")
    assert (await _send(peer, "answerCallbackQuery", callback_query_id=query_id))["ok"]
    assert not (await _send(peer, "answerCallbackQuery", callback_query_id=query_id))["ok"]
    change = {"chat_id": 1, "message_id": message.message_id, "text": "谢谢"}
    assert (await _send(peer, "editMessageText", **change))["ok"]
    assert not (await _send(peer, "editMessageText", **change))["ok"]
    assert [sent.text for sent in peer.messages(1)] == ["谢谢"]
