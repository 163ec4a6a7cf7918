"""The sentences the bot itself says, apart from answers. Plain text."""

from __future__ import annotations

from collections.abc import Sequence

START = (
    "您好，我是廉问，回答党纪和廉洁从业方面的问题，并逐字引用所依据的条文。\n\n"
    "直接输入问题即可，例如：\n"
    "· 可以收管理服务对象送的购物卡吗？\n"
    "· 违规操办婚丧喜庆事宜怎么处理？\n"
    "· 监察法第十五条是什么内容？\n\n"
    "看完答复可以接着追问，比如“情节严重的呢？”。发送 /help 查看全部用法。"
)
NEW_TOPIC = "好的，已经另起话题，之前的问题不再作为上文。请输入您的问题。"
UNKNOWN_COMMAND = "没有这个命令。直接输入问题就可以；发送 /help 查看用法。"
NOT_FOR_YOU = "这个功能不对您的角色开放；发送 /help 查看您可以用的功能。"
PRIVATE_ONLY = "请在与我的私聊里用这个功能。"
TEXT_ONLY = "我目前只能读文字。请把想问的内容打成文字发给我；发送 /help 查看例子。"
NO_VOICE = "抱歉，我还听不了语音和视频。请打字提问，一两句话说清什么人、什么事就行。"
NO_FILES = "抱歉，图片和文件我看不了。请把想问的那段话打成文字发给我；请不要发送涉密材料。"

NOT_READY = "知识库还没有建好，暂时答不了。请稍后再问，并告诉管理员。"

LOOKING = "正在查找依据……"
NEXT_PAGE = "（接下一页……）"
UNFINISHED = "……（正在核对依据）"


def help_text(contact: str, commands: Sequence[tuple[str, str]]) -> str:
    """Say what can be asked, which commands there are and where to turn in the end."""
    listed = "\n".join(f"/{command} {words}" for command, words in commands)
    return (
        "怎么问：用平常的话说清楚什么人、做了什么、什么情形。\n"
        "· 执法人员能接受服务对象的宴请吗？\n"
        "· 过节收了企业送的土特产，会受什么处分？\n"
        "· 八小时以外要注意什么？\n"
        "· 监察法第十五条\n\n"
        "可以接着追问（如“情节严重的呢？”），我记得半小时内最近几个问题；"
        "发送 /new 另起话题。在开放的群里 @我 或回复我的消息提问。\n"
        "有依据的答复都附条文原文，以原文为准；没有找到依据时我会直说。\n\n"
        f"命令：\n{listed}\n\n"
        f"需要正式认定的事项，请咨询{contact}。请不要发送涉密内容和他人隐私。"
    )


def stranger(telegram_id: int) -> str:
    """To people who are not on the list: how to get on it."""
    return (
        "您好，廉问目前只为已登记的人员服务。"
        "请向党建办公室的管理员要一个邀请链接，点开后按“开始”即可登记；"
        f"您的 Telegram 编号是 {telegram_id}。"
    )


def failed(contact: str) -> str:
    """After an error that the person can do nothing about."""
    return (
        "抱歉，处理这个问题时出了错，没有得到答复。请过几分钟再发一次；"
        f"如果仍然不行，请告诉管理员，急事请直接咨询{contact}。"
    )
