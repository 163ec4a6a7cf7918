"""The menus of commands, and that they tell the truth."""

from __future__ import annotations

import logging

import pytest
from telegram.ext import CommandHandler

from bot.telegram.menus import COMMANDS, group_menu, menu_for
from bot.telegram.visiting import Bots
from knowledge.people import Role
from tests.bot.conftest import Serve
from tests.bot.samples import ADMIN, MEMBERS, REVIEWER, FakeAsker
from tests.peer import Peer


def handled(application: Bots) -> set[str]:
    return {
        command
        for handlers in application.handlers.values()
        for handler in handlers
        if isinstance(handler, CommandHandler)
        for command in handler.commands
    }


async def test_each_role_has_its_menu_at_the_start(peer: Peer, serve: Serve) -> None:
    for person in (ADMIN, REVIEWER):
        peer.knows(person)
    await serve(FakeAsker())
    assert peer.menus["all_private_chats"] == dict(menu_for(Role.OFFICER))
    assert peer.menus["all_group_chats"] == dict(group_menu())
    assert peer.menus[f"chat {ADMIN}"] == dict(menu_for(Role.ADMIN))
    assert peer.menus[f"chat {REVIEWER}"] == dict(menu_for(Role.REVIEWER))
    assert "members" not in peer.menus["all_private_chats"]
    assert "members" in peer.menus[f"chat {ADMIN}"]


async def test_the_bot_says_what_it_is_before_it_is_started(peer: Peer, serve: Serve) -> None:
    await serve(FakeAsker())
    assert "邀请" in peer.descriptions["description"]
    assert "条文" in peer.descriptions["short_description"]


async def test_every_command_of_the_table_has_a_handler(peer: Peer, serve: Serve) -> None:
    application = await serve(FakeAsker())
    assert {entry.command for entry in COMMANDS} <= handled(application)
    assert handled(application) <= {entry.command for entry in COMMANDS} | {
        "start", "open", "close"
    }  # fmt: skip


async def test_an_admin_who_starts_the_bot_later_gets_the_menu_then(
    peer: Peer, serve: Serve
) -> None:
    await serve(FakeAsker())
    assert f"chat {ADMIN}" not in peer.menus
    await peer.say(ADMIN, "/start")
    await peer.wait_until(lambda: f"chat {ADMIN}" in peer.menus)


@pytest.mark.parametrize("method", ["setMyCommands", "setMyDescription", "setMyShortDescription"])
async def test_a_refused_menu_is_a_warning_and_the_bot_works(
    peer: Peer, serve: Serve, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    peer.refuse(method, 400, "Bad Request: refused by the test", times=9)
    await serve(FakeAsker())
    assert any(r.levelno == logging.WARNING and "菜单" in r.getMessage() for r in caplog.records)
    await peer.say(MEMBERS[0], "/new")
    await peer.wait_for_messages(MEMBERS[0], 1)


@pytest.mark.parametrize(
    ("person", "role"),
    [(ADMIN, Role.ADMIN), (REVIEWER, Role.REVIEWER), (MEMBERS[0], Role.OFFICER)],
)
async def test_help_lists_the_commands_of_ones_role(
    peer: Peer, serve: Serve, person: int, role: Role
) -> None:
    await serve(FakeAsker())
    await peer.say(person, "/help")
    (message,) = await peer.wait_for_messages(person, 1)
    listed = {line[1:].split()[0] for line in message.text.splitlines() if line[:1] == "/"}
    assert listed == {command for command, _ in menu_for(role)}
