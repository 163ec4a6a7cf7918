"""A bot that is killed in the middle of its work, for real."""

from __future__ import annotations

from pathlib import Path

from benchmarks.crash import crash


async def test_killed_again_and_again_it_answers_every_question_once(
    tmp_path: Path, database_url: str
) -> None:
    tally = await crash(5, tmp_path / "data", people=4, seed=3, url=database_url)
    assert tally.asked >= 20
    assert tally.lost == []
    assert tally.twice == []
    assert tally.answered == tally.asked
