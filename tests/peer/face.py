"""What people see of the bot before it says anything: menus of commands, and descriptions."""

from __future__ import annotations

import re

from tests.peer.people import People
from tests.peer.reading import Params, Refusal

COMMANDS = 100
COMMAND_WORDS = 256
DESCRIPTION = 512
SHORT_DESCRIPTION = 120


class Face(People):
    """Menus by scope ("default", "chat 1001", …), and the two descriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.menus: dict[str, dict[str, str]] = {}
        self.descriptions: dict[str, str] = {}

    async def _on_setmycommands(self, params: Params) -> bool:
        commands = params.get("commands") or []
        if len(commands) > COMMANDS:
            raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for each in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", each["command"]):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(each["description"]) <= COMMAND_WORDS:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        menu = {each["command"]: each["description"] for each in commands}
        async with self._announcing():
            self.menus[self._scope(params)] = menu
        return True

    async def _on_deletemycommands(self, params: Params) -> bool:
        async with self._announcing():
            self.menus.pop(self._scope(params), None)
        return True

    async def _on_setmydescription(self, params: Params) -> bool:
        return self._describe("description", params, DESCRIPTION)

    async def _on_setmyshortdescription(self, params: Params) -> bool:
        return self._describe("short_description", params, SHORT_DESCRIPTION)

    def _describe(self, name: str, params: Params, limit: int) -> bool:
        given = str(params.get(name, ""))
        if len(given) > limit:
            raise Refusal(400, f"Bad Request: {name} is too long")
        self.descriptions[name] = given
        return True

    def _scope(self, params: Params) -> str:
        scope = params.get("scope") or {"type": "default"}
        if "chat_id" not in scope:
            return str(scope["type"])
        if int(scope["chat_id"]) not in self._known:
            raise Refusal(400, "Bad Request: chat not found")
        return f"{scope['type']} {scope['chat_id']}"
