"""The form that a server may hold a model's answer to: bounded, with no number not given."""

from __future__ import annotations

from typing import Any

from knowledge.grounding.form import LONGEST

MOST_SENTENCES = 12
_MOST_CITES = 6
_LONGEST_UNKNOWN = 120
# One sentence of Chinese in one line: what weak models drift away from first.
_OF_A_SENTENCE = "\u4e00-\u9fff0-9A-Za-z《》“”「」（）〔〕、，：；%．."
_CHINESE = f"^[\u4e00-\u9fff《“「][{_OF_A_SENTENCE}]{{1,{LONGEST - 2}}}。$"


def shape_of(passages: int) -> dict[str, Any]:
    """The JSON schema of an answer from so many passages.

    Bounds keep weak models from writing on and on; ``replies`` reads what ignores them.
    """
    sentence = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "pattern": _CHINESE},
            "cites": {
                "type": "array",
                "items": {"type": "integer", "enum": list(range(1, passages + 1))},
                "maxItems": _MOST_CITES,
            },
        },
        "required": ["text", "cites"],
        "additionalProperties": False,
    }
    return {
        "title": "answer",
        "type": "object",
        "properties": {
            "sentences": {
                "type": "array",
                "items": sentence,
                "minItems": 1,
                "maxItems": MOST_SENTENCES,
            },
            "unknown": {"type": "string", "maxLength": _LONGEST_UNKNOWN},
        },
        "required": ["sentences", "unknown"],
        "additionalProperties": False,
    }
