"""What the project ships to know: it parses, says what it is, and agrees with the sources."""

import re
from pathlib import Path

import pytest

from ingest.content import shipped_documents
from ingest.reading import read_document
from knowledge.model import Kind

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
GRADES = ("严重警告", "警告", "撤销党内职务", "留党察看", "开除党籍")


@pytest.fixture(scope="module")
def shipped():
    return shipped_documents()


def of_kind(shipped, kind):
    return [entry for entry in shipped if entry.document.kind is kind]


def test_every_shipped_file_parses_without_doubts(shipped):
    assert [entry.document.title for entry in shipped if entry.warnings] == []
    titles = [entry.document.title for entry in shipped]
    assert len(titles) == len(set(titles))


def test_the_eight_measures_are_eight_articles_of_a_marked_sample(shipped):
    (measures,) = of_kind(shipped, Kind.MEASURE)
    assert measures.document.sample
    assert measures.document.stands_in_for == "廉政执法八条措施"
    assert len([clause for clause in measures.clauses if clause.article]) == 8


def test_the_cases_are_three_of_the_speech_and_eleven_guiding_ones(shipped):
    cases = of_kind(shipped, Kind.CASE)
    guiding = [entry for entry in cases if "指导性案例" in entry.document.title]
    assert (len(cases), len(guiding)) == (14, 11)
    assert all(entry.document.stands_in_for for entry in guiding)
    assert not any(entry.document.stands_in_for for entry in cases if entry not in guiding)


@pytest.mark.parametrize(
    "figure", ["10个", "17个", "32项", "110余人次", "200余家", "29次", "48次", "144次", "153人次"]
)
def test_a_figure_of_the_speech_is_held_as_given(shipped, figure):
    texts = "".join(c.text for e in of_kind(shipped, Kind.REQUIREMENT) for c in e.clauses)
    assert figure in texts.replace(" ", "")


def test_only_the_sample_is_marked_as_one(shipped):
    assert [e.document.kind for e in shipped if e.document.sample] == [Kind.MEASURE]


def test_every_digest_says_what_it_stands_in_for(shipped):
    digests = of_kind(shipped, Kind.GUIDE)
    assert len(digests) == 6
    assert all(entry.document.stands_in_for for entry in digests)


def _official(title):
    for path in CORPUS.glob("rules/*.md"):
        parsed = read_document(path)
        if parsed.document.title == title:
            return {clause.article: clause.text for clause in parsed.clauses if clause.article}
    pytest.skip("the official texts are not beside this checkout")


def test_each_article_of_the_main_digest_names_the_grades_of_the_official_one(shipped):
    official = _official("中国共产党纪律处分条例")
    (digest,) = (e for e in shipped if e.document.stands_in_for == "中国共产党纪律处分条例")
    articles = {c.article: c.text for c in digest.clauses if c.article}
    conduct = [c.article for c in digest.clauses if c.article and c.path and "第二编" in c.path[0]]
    assert len(conduct) == 106
    for article in conduct:
        assert _grades(articles[article]) == _grades(official[article]), article


def _grades(text):
    """Each sanction named, in the order of the text, 警告 told from 严重警告."""
    found = re.findall("|".join(GRADES), text)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    "title",
    [
        "中国共产党廉洁自律准则",
        "党政机关国内公务接待管理规定",
        "关于对党和国家机关工作人员在国内交往中收受的礼品实行登记制度的规定",
        "党政机关公务用车管理办法",
    ],
)
def test_a_digest_covers_every_article_and_invents_no_figure(shipped, title):
    official = _official(title)
    (digest,) = (e for e in shipped if e.document.stands_in_for == title)
    articles = {c.article: c.text for c in digest.clauses if c.article}
    assert set(articles) == set(official)
    for article, text in articles.items():
        assert set(re.findall(r"\d+", text)) <= set(re.findall(r"\d+", official[article])), article
