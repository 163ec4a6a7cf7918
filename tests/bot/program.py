"""A bot as a process of its own, with a core that answers by the question's text.

Settings come from the environment. ``python -m tests.bot.program [SECONDS]`` thinks that long.
"""

from __future__ import annotations

import logging
import sys
import time

from bot.asking import Heard
from bot.telegram.application import run
from bot.telegram.desk import Desk
from knowledge.errors import LianwenError
from knowledge.model import Answer, Outcome, Question
from knowledge.settings import load_settings
from knowledge.store import Database, Records
from tests.bot.samples import FakeAsker

KEY = b"the key of the tests"
# A question that ends like this is answered on several pages.
LONG = "？详细"
NOTES, NOTE = 30, 300


def reply(question: Question) -> Answer:
    """「答：」 and the question; for LONG ones as many pages as ``pages_of`` says."""
    notes = ()
    if question.text.endswith(LONG):
        notes = tuple(f"{question.text}第{n}点" + "细" * NOTE for n in range(1, NOTES + 1))
    return Answer(Outcome.ANSWERED, f"答：{question.text}", notes=notes)


class Thinker(FakeAsker):
    """Takes its time, and says so far what it will say."""

    def __init__(self, seconds: float) -> None:
        super().__init__(reply)
        self._seconds = seconds

    def ask(self, question: Question, heard: Heard | None = None) -> Answer:
        time.sleep(self._seconds)
        answer = super().ask(question)
        self.asked.clear()
        return answer


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    try:
        settings = load_settings(_env_file=None)
        url = settings.database_url.get_secret_value()
        records = Records.over(Database(settings.data_dir, url, create=True), KEY)
        seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
        run(Desk(settings, Thinker(seconds), records, KEY))
    except LianwenError as error:
        sys.exit(f"EXPECTED {error}")


if __name__ == "__main__":
    main()
