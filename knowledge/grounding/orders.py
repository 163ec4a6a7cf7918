"""Sentences that follow somebody else's orders, give them, or help to evade. Pure.

What a document or a question tells a model to say is data; a sentence that shows that it was
obeyed is not sent.
"""

from __future__ import annotations

import re

# A clause never speaks of itself, of a model or of an answer like this.
_SPEAKS_OF_ITSELF = re.compile(
    "忽略|无视|不要理会|不用理会|系统提示|提示词|指令|越狱|开发者模式|扮演|角色设定|人工智能"
    "|语言模型|大模型|智能助手|AI助手"
    "|作为(?:一[个名])?(?:AI|助手|模型|机器人)|我是|我叫|我将|我会|我已|我可以|我们可以帮|我的"
    "|遵命|好的[,!。]|没问题|当然可以"
    "|收到您的|您的要求|按照您的(?:要求|吩咐)|根据您的(?:要求|指示|吩咐)|管理员(?:要求|指示|授权"
    "|已)|已(?:为您|帮您|替您)"
    "|以下是|如下所示|翻译|prompt|system|ignore|assistant|ChatGPT|GPT",
    re.IGNORECASE,
)
_REACHES_OUT = re.compile(
    r"https?|www\.|[a-z0-9-]+\.(?:com|cn|net|org|top|xyz|cc|me|io|info)|t\.me|@|#|\[|\]|[`*_"
    r"|\\<>{}]"
    r"|微信(?:号|群|联系)|加(?:我|好友|群|微信)|QQ|钉钉|二维码|扫码|扫描|点击|链接|网址|下载|关注公众号|私聊"
    r"|联系我|致电|拨打|热线|电话[:：]?\d"
    r"|转账|汇款|打款|付款码|收款|银行卡|账号|密码|验证码|支付宝",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"\d{7,}|\d{3,4}-\d{4,}|1[3-9]\d[- ]?\d{4}")
# What helps to evade. A clause that names it forbids it, so it may be told of, never advised.
_EVASION = re.compile(
    "串供|统一口径|对口径|攻守同盟|隐瞒|瞒报|瞒着|瞒住|掩盖|遮掩|藏|隐匿|转移|销毁|毁掉|烧掉|删除"
    "|删掉|删了|清空|清除记录|伪造|编造"
    "|编一个|编个|倒签|补签|造假|假名|化名|他人名义|别人名义|亲戚名义|家人名义|代持|代收|拆分"
    "|拆成|分批|分次|化整为零|变通|绕开|避开"
    "|规避|躲开|逃避|应付|糊弄|蒙混|别说|不说|不提|不要说|不要告诉|别告诉|保密|否认|不承认|咬死"
    "|打点|疏通|找关系|托关系|托人|打招呼|说情"
    "|私下|悄悄|偷偷|暗中|不留痕迹|不留记录|不留证据|查不到|查不出|不会被(?:查|发现)|不被发现"
    "|没人知道|改口|翻供|借条|现金交易|用现金"
)
_ADVISES = re.compile("可以|应当|应该|必须|务必|需要|(?<!可)能|先|再|请|只要|方法|办法")
_URGES = re.compile("建议|不妨|最好|推荐|尽量|赶紧|记得|就行|即可|就可以|没事|就没|教您|教你")
_FORBIDS = re.compile(
    "不得|不能|不可以|不准|不许|禁止|严禁|不应当?|不要|处分|警告|撤销|开除|留党察看|追究|从重"
    "|加重|记过|降级|撤职"
)


def gives_orders(text: str, told: str) -> bool:
    """Whether folded ``text`` obeys, orders, sends people elsewhere or advises to evade.

    :param told: the folded clauses that it cites; what they name may be named.
    """
    for pattern in (_SPEAKS_OF_ITSELF, _REACHES_OUT, _TELEPHONE):
        if any(match[0] not in told for match in pattern.finditer(text)):
            return True
    return any(_helps_evade(part, told) for part in re.split("[。;!?,]", text))


def _helps_evade(part: str, told: str) -> bool:
    for match in _EVASION.finditer(part):
        if match[0] not in told or _URGES.search(part):
            return True
        advice = _ADVISES.search(part[: match.start()])
        # 应当保密 may be the clause's own words.
        own = advice and part[advice.start() : match.end()] in told
        if advice and not own and not _FORBIDS.search(part):
            return True
    return False


def is_tainted(clause: str) -> bool:
    """Whether a folded clause speaks to whoever answers from it, as no rule does."""
    return bool(_TO_A_MODEL.search(clause))


_TO_A_MODEL = re.compile(
    "忽略(?:以上|上述|上面|之前|前面|先前|此前|所有)|无视(?:以上|上述|之前|所有)(?:规定|规则|指令"
    "|内容)|系统提示|提示词|语言模型|人工智能助手"
    "|AI助手|你(?:现在)?(?:是|必须|要|应当)|请(?:你)?(?:直接)?(?:回答|回复|输出|告诉(?:用户"
    "|提问))|回答(?:用户|提问者|所有)|ignore (?:all|previous)"
    "|ignoreall|ignoreprevious|systemprompt|assistant",
    re.IGNORECASE,
)
