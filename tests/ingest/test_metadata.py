import datetime as dt

import pytest

from ingest.metadata import guess_kind
from ingest.structure import parse
from knowledge.errors import UnreadableError
from knowledge.model import Document, Kind


def read(text: str, name: str = "文件") -> Document:
    return parse(text, name=name).document


def test_the_front_matter_overrides_what_the_text_says() -> None:
    document = read(
        "---\ntitle: 甲办法\nkind: measure\nissuer: 某科\nnumber: 某发〔2020〕1号\n"
        "issued: 2020-01-02\neffective: '2020-02-01'\nsupersedes: [《乙办法》]\n"
        "superseded_by: 丙办法\nsuperseded_on: 2021-01-01\nstands_in_for: 丁办法\n"
        "sample: true\nsource: 自拟\ncaveat: 仅供参考。\nyear: 2020\nviolation: 其他\n---\n"
        "# 另一个题目\n第一条 甲。\n第二条 自2022年1月1日起施行。"
    )
    assert document == Document(
        id=document.id,
        title="甲办法",
        kind=Kind.MEASURE,
        issuer="某科",
        number="某发〔2020〕1号",
        issued=dt.date(2020, 1, 2),
        effective=dt.date(2020, 2, 1),
        supersedes=("乙办法",),
        superseded_by="丙办法",
        superseded_on=dt.date(2021, 1, 1),
        stands_in_for="丁办法",
        sample=True,
        source="自拟",
        caveat="仅供参考。",
    )


def test_a_key_left_empty_states_that_there_is_none() -> None:
    document = read("---\neffective:\n---\n# 甲办法\n第一条 甲。\n第二条 自2022年1月1日起施行。")
    assert document.effective is None


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("title: [甲]", "title"),
        ("issued: 去年", "issued"),
        ("effective: 2020", "effective"),
        ("sample: 也许", "sample"),
        ("kind: 别的", "kind"),
        ("supersedes: [1]", "supersedes"),
        ("source: 2020", "source"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_its_key(line: str, key: str) -> None:
    with pytest.raises(UnreadableError, match=key):
        read(f"---\n{line}\n---\n正文。", name="样例")


def test_broken_front_matter_is_refused() -> None:
    with pytest.raises(UnreadableError, match=r"样例.*YAML"):
        read("---\ntitle: [甲\n---\n正文。", name="样例")


def test_two_rules_of_dashes_around_prose_are_no_front_matter() -> None:
    parsed = parse("---\n请大家注意节约用水。\n---\n谢谢大家的配合。", name="样例")
    assert "请大家注意节约用水。" in parsed.clauses[0].text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 甲办法\n正文。", "甲办法"),
        ("# 《甲办法》\n正文。", "甲办法"),
        ("# 《甲办法》要点\n正文。", "《甲办法》要点"),
        ("《甲办法》\n第一条 甲。\n第二条 乙。", "甲办法"),
        ("茶水间管理办法（试行）\n第一条 甲。\n第二条 乙。", "茶水间管理办法（试行）"),
        ("请大家注意节约用水。", "文件名"),
    ],
)
def test_the_title_comes_from_the_first_place_that_has_one(text: str, title: str) -> None:
    assert read(text, name="文件名").title == title


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("茶水间管理办法", Kind.RULE),
        ("中华人民共和国茶法", Kind.LAW),
        ("最高人民法院关于茶水问题的解释", Kind.LAW),
        ("指导性案例第0号 某甲多接热水案", Kind.CASE),
        ("某甲多接热水案（摘要）", Kind.CASE),
        ("关于节约用水的方案", Kind.RULE),
        ("关于节约用水的通知", Kind.NOTICE),
        ("茶水八条措施", Kind.MEASURE),
    ],
)
def test_the_kind_is_guessed_from_the_title(title: str, kind: Kind) -> None:
    assert guess_kind(title) is kind


def test_the_note_under_the_title_says_who_issued_it_and_when() -> None:
    document = read(
        "# 甲条例\n（2003年1月2日某会通过 2003年1月3日甲委发布 2018年5月6日某会修订 "
        "2018年5月7日乙委发布）\n第一条 甲。\n第二条 本条例自发布之日起施行。"
    )
    assert (document.issuer, document.issued) == ("乙委", dt.date(2018, 5, 7))
    assert document.effective == dt.date(2018, 5, 7)


@pytest.mark.parametrize(
    ("note", "issued"),
    [
        ("（2014年7月16日）", dt.date(2014, 7, 16)),
        ("【发布日期】2003.11.13", dt.date(2003, 11, 13)),
        ("某办公室\n二〇〇八年十一月二十日", dt.date(2008, 11, 20)),
        ("2003年12月31日某委印发", dt.date(2003, 12, 31)),
        ("（2014年7月16日某会通过）", None),
        ("（2014年13月16日）", None),
    ],
)
def test_the_day_of_issue_is_read_from_the_header(note: str, issued: dt.date | None) -> None:
    assert read(f"# 甲规定\n{note}\n第一条 甲。\n第二条 乙。").issued == issued


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("中发〔2015〕31号", "中发〔2015〕31号"),
        ("（某发\\[1995\\]7号1995年4月30日）", "某发〔1995〕7号"),
        ("【发文字号】某委[2005]8号", "某委〔2005〕8号"),
        ("某院第133号令", "某院第133号令"),
        (
            "依照某发〔2015〕31号文件的要求，为了把各单位的茶水间管好用好，让大家都能喝上热水，现就有关的事项规定如下，请认真执行。",
            "",
        ),
    ],
)
def test_the_number_is_read_from_the_header(line: str, number: str) -> None:
    assert read(f"# 甲规定\n{line}\n第一条 甲。\n第二条 乙。").number == number


@pytest.mark.parametrize(
    ("last", "effective"),
    [
        ("本规定自2024年1月1日起施行。", dt.date(2024, 1, 1)),
        ("本规定自印发之日起施行。", dt.date(2020, 1, 2)),
        ("本规定自公布之日起30日后施行。", dt.date(2020, 2, 1)),
        ("由某科负责解释。", None),
        # Of other texts: those in force before it.
        ("2010年1月1日施行的《乙规定》与本规定不一致的，以本规定为准。", None),
    ],
)
def test_the_day_of_effect_is_read_from_the_last_articles(
    last: str, effective: dt.date | None
) -> None:
    text = f"# 甲规定\n（2020年1月2日某科发布）\n第一条 甲。\n第二条 {last}"
    assert read(text).effective == effective


def test_only_the_closing_articles_speak_of_this_document() -> None:
    body = "第一条 《丙规定》自2001年1月1日起施行，《丁规定》同时废止。\n"
    rest = "".join(f"第{n}条 甲。\n" for n in "二三四")
    document = read(f"# 甲规定\n{body}{rest}第五条 本规定自2020年1月1日起施行。")
    assert document.effective == dt.date(2020, 1, 1)
    assert document.supersedes == ()


@pytest.mark.parametrize(
    ("sentence", "supersedes"),
    [
        ("2018年8月18日某委印发的《甲规定》同时废止。", ("甲规定（2018年）",)),
        ("《甲规定》（某发〔2013〕5号）同时废止。", ("甲规定（2013年）",)),
        ("《甲规定（试行）》同时废止。", ("甲规定（试行）",)),
        ("《乙规定》、《关于印发〈丙〉的通知》同时废止。", ("乙规定", "关于印发〈丙〉的通知")),
        ("此前发布的有关规定，凡与本规定不一致的，按照本规定执行。", ()),
    ],
)
def test_what_it_repeals_is_read_from_the_last_articles(
    sentence: str, supersedes: tuple[str, ...]
) -> None:
    text = f"# 甲规定\n第一条 甲。\n第二条 本规定自2020年1月1日起施行。{sentence}"
    assert read(text).supersedes == supersedes


def test_a_notice_is_signed_at_its_end() -> None:
    document = read(
        "# 关于节水的通知\n请各科室节约用水，认真落实。\n甲办公室 乙办公室 2020年1月2日"
    )
    assert (document.issuer, document.issued) == ("甲办公室、乙办公室", dt.date(2020, 1, 2))
