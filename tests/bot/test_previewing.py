"""What an admin reads of a refresh, and what they write of a file."""

import pytest

from bot.previewing import UNCHANGED, changed_places, overview, read_statement, said
from bot.wording import join, undressed
from ingest.comparing import compare
from ingest.frontmatter import stated
from ingest.merging import merge
from ingest.preview import Preview, incoming, title_changes
from ingest.reading import FileRead, FileRefused
from knowledge.errors import UnreadableError
from knowledge.rehearsal import AnswerChange, Said
from tests.fakes import CARS, GIFTS, GIFTS_REVISED, held, parsed


def words(blocks) -> str:
    return join(blocks, undressed)


def changes(before, after):
    return title_changes(compare(before, after), {})


def test_a_new_version_is_told_by_its_articles():
    before = merge([], held(GIFTS))
    told = words(overview(Preview(documents=changes(before, merge(before, held(GIFTS_REVISED))))))
    assert "修改《礼品管理办法》：修改2条" in told
    assert "《礼品管理办法》被《礼品管理办法》取代，仍可查阅" in told


def test_moved_articles_are_listed_with_both_numbers():
    longer = CARS.replace("第二条", "第三条").replace("第三条 本办法", "第四条 本办法")
    longer = longer.replace("\n第三条 节", "\n第二条 出车先登记，回来报里程。\n第三条 节")
    before = merge([], held(CARS))
    told = words(overview(Preview(documents=changes(before, merge([], held(longer))))))
    assert "新增1条" in told
    assert "条号变动2条" in told
    assert "第二条→第三条，第三条→第四条" in told


def test_a_changed_article_is_shown_old_and_new():
    before = merge([], held(GIFTS))
    after = changes(before, merge(before, held(GIFTS_REVISED)))
    told = words(block for change in after for block in changed_places(change))
    assert (
        told.index("第三条（修改）") < told.index("十日内登记上交") < told.index("五日内登记上交")
    )


def test_files_are_told_with_what_they_say_of_themselves():
    scan = FileRead("扫描.pdf", "0" * 64, "扫描件", parsed(GIFTS), page_count=3, confidence=0.987)
    twin = FileRead("又一份.docx", "1" * 64, "Word", parsed(CARS))
    preview = Preview(
        incoming=(incoming(scan), incoming(twin, "公务用车办法")),
        refused=(FileRefused("坏.doc", "「坏.doc」打不开。请另存为 .docx。"),),
        unchanged=True,
    )
    told = words(overview(preview))
    assert UNCHANGED in told
    assert "扫描.pdf（扫描件，4 条，3 页，识别把握 98.7%）" in told
    assert "《礼品管理办法》，党内法规和制度，2020年5月1日施行" in told
    assert "又一份.docx（Word，3 条）\n内容已经收录，跳过。" in told
    assert "「坏.doc」打不开。请另存为 .docx。" in told


def test_answers_that_would_change_are_told_with_their_places():
    before = Said("answered", "十日内登记上交。", ("《礼品管理办法》（2020）第三条",))
    after = Said("no_basis", "知识库里没有依据。", ())
    told = words(
        overview(Preview(answers=(AnswerChange("退不掉怎么办", before, after),), asked=22))
    )
    assert "试问 22 个常用问题，1 个的答复会变" in told
    assert "原：十日内登记上交。\n　现：知识库里没有依据。" in told
    assert "不再引用：《礼品管理办法》（2020）第三条" in told


def test_what_a_document_says_of_itself_can_be_written_back():
    document = parsed(GIFTS).document
    written = stated(read_statement("\n".join(said(document))), name="a")
    assert written["effective"] == document.effective
    assert written["title"] == document.title
    assert written["issued"] is None
    assert written["supersedes"] == ()
    assert written["kind"] is document.kind


def test_an_admin_writes_only_the_lines_that_change():
    assert read_statement("施行日期：2024.3.1\n 废止：《甲办法》《乙办法》\n发文机关：无") == {
        "effective": "2024-03-01",
        "supersedes": ["甲办法", "乙办法"],
        "issuer": "",
    }


@pytest.mark.parametrize(
    "text", ["", "改成明年", "施行日期：明年", "类别：小说", "标题：", "作者：张三", "施行日期"]
)
def test_what_cannot_be_read_is_answered_with_how_to_write_it(text):
    with pytest.raises(UnreadableError, match=r"请|可以写的"):
        read_statement(text)
