"""The bot as `lianwen bot` starts it, but for the clocks that its reminders go by.

python -m benchmarks.reminding.whole_bot CLOCK
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.reminding.clock import Page
from benchmarks.reminding.worker import log_by
from bot.telegram.application import FETCHED, SWITCH_SECONDS, build_application
from bot.telegram.desk import Desk
from bot.telegram.reminding import Reminding
from bot.telegram.traffic.receiving import read_webhook, receive
from bot.wiring import key_of, make_assistant, open_records, open_store
from knowledge.settings import load_settings


def main() -> None:
    clock = Page(Path(sys.argv[1])).clock(0)
    log_by(clock)
    settings = load_settings(_env_file=None)
    assistant = make_assistant(settings, patient=False)
    assistant.retriever()
    records = open_records(settings, open_store(settings, create=True))
    desk = Desk(settings, assistant, records, key_of(settings))
    sys.setswitchinterval(SWITCH_SECONDS)
    application = build_application(desk, reminding=Reminding(desk, clock=clock))
    receive(application, read_webhook(settings), FETCHED)


if __name__ == "__main__":
    main()
