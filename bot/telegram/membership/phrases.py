"""What the bot says about who is served: joining, the list of members, groups. Plain text."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.roles import ROLE_NAMES, role_name
from knowledge.people import Member, Role
from knowledge.store.roster import Refusal

TOO_MANY_CODES = "试过的邀请码太多了，请过一小时再试，或请管理员重新发一个链接。"
BAD_CODE = "这个邀请链接用不了：可能已经用过、过了期，或者没有复制完整。请向管理员要一个新的。"
GROUP_CLOSED = "本群现在没有开放问答；请管理员先在群里开放。"
MEMBERS_ONLY = "廉问只为已登记的人员服务，请向管理员要邀请链接。"
IN_GROUPS_ONLY = "请到要开放的群里发送这个命令。"
OPENED = "本群已开放。登记过的成员 @我 或回复我的消息就可以提问；发送 /close@{} 关闭。"
OPEN_ALREADY = "本群已经是开放的。"
CLOSED = "本群已关闭，我不再回答。需要时由管理员发送 /open@{} 重新开放。"
HOW_TO_OPEN = (
    "大家好，我是廉问。在群里我默认不作答；需要时请管理员在这里发送 /open@{} 开放，"
    "之后成员 @我 提问即可。"
)
IN_GROUP_HELP = (
    "在群里 @我 写上问题，或直接回复我的消息，就可以提问和追问；每个人的追问各算各的。\n"
    "更多用法请在与我的私聊里发送 /help。"
)
NO_SUCH_MEMBER = "名单上没有这个人了，可能刚被移出。发送 /members 看最新名单。"

_NEXT = {
    Role.OFFICER: "直接输入问题就可以，例如：可以收管理服务对象送的购物卡吗？",
    Role.REVIEWER: "除了提问，同事转来的问题也会送到这里，请您在聊天中答复。",
    Role.ADMIN: "您可以用 /invite 邀请同事，用 /members 管理名单。",
}
_WHY_NOT = {
    Refusal.NOT_THERE: NO_SUCH_MEMBER,
    Refusal.FIXED: (
        "这位管理员写在配置 ADMIN_IDS 里，不能在聊天中改动或移出；请先从配置中去掉编号并重新启动。"
    ),
    Refusal.LAST_ADMIN: "这是最后一位管理员，改动后就没有人能管理了；请先让另一个人成为管理员。",
}


def who(member: Member) -> str:
    """A role, and the department where one is known."""
    return "，".join(filter(None, (ROLE_NAMES[member.role], member.department)))


def named(member: Member) -> str:
    """A member's name, or their number where no name is known."""
    return member.name or str(member.telegram_id)


def welcome(member: Member) -> str:
    """To someone who has just joined."""
    return (
        f"欢迎加入廉问！您的身份：{who(member)}。\n{_NEXT[member.role]}\n"
        "每条答复都附条文原文和出处；发送 /help 查看用法。"
    )


def already(member: Member, *, used: bool) -> str:
    """To a member who opened an invite that brings nothing new, or the one they came in by."""
    line = f"您已经登记过了（{who(member)}），直接提问就可以。"
    return line if used else line + "这个邀请没有用掉，仍可转给要邀请的同事。"


def joined(member: Member) -> str:
    """To the admin whose invite was used."""
    return (
        f"{named(member)}（编号 {member.telegram_id}）用您的邀请登记了：{who(member)}。"
        "如果不是您要邀请的人，请用 /members 移出。"
    )


def role_changed(member: Member) -> str:
    """To someone whose role is another now."""
    return f"您的角色已改为{ROLE_NAMES[member.role]}。\n{_NEXT[member.role]}"


def department_changed(member: Member) -> str:
    """To someone whose department is another now."""
    return f"您的部门已改为{member.department or '（空）'}。如有不对，请告诉管理员。"


REMOVED = "您已被移出廉问的名单，之后的问题不再答复。如有疑问，请联系管理员。"


def why_not(refusal: Refusal) -> str:
    """Why a change to the list was not made."""
    return _WHY_NOT[refusal]


def guessing(telegram_id: int) -> str:
    """To admins: somebody is trying out codes."""
    return (
        f"有人在反复试邀请码（编号 {telegram_id}），已暂时挡住。您不用做什么；"
        "如果是同事点错了链接，请用 /invite 重新发一个。今天不再重复提示。"
    )


def knock(telegram_id: int) -> str:
    """To admins: a stranger wrote."""
    return (
        f"有未登记的人给我发消息（编号 {telegram_id}），我没有答复其问题。"
        "如果是本单位同事，可以用 /invite 邀请。今天再有别人来，不再提示；"
        "全部记录可用 lianwen audit list 查看。"
    )


def added_by_other(title: str, telegram_id: int, username: str) -> str:
    """To admins: somebody who is no admin put the bot into a group."""
    return (
        f"编号 {telegram_id} 把我加进了群“{title}”，我在那里不作答。"
        f"需要的话请您在群里发送 /open@{username} 开放，不需要就把我移出。"
    )


def invited(link: str, role: Role, department: str, expires_at: dt.datetime) -> tuple[str, ...]:
    """A new invite, in lines."""
    until = expires_at.astimezone(ZoneInfo("Asia/Shanghai"))
    return (
        link,
        f"角色：{role_name(role)}；部门：{department or '（空）'}",
        f"有效期至 {until:%Y年%m月%d日 %H:%M}，只能用一次。",
        "请私下转给要邀请的人，不要发到群里：谁先点开，谁就登记。",
    )
