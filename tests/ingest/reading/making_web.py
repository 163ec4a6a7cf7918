"""Web pages as Chinese authorities put them up: menus, boxes, footers, and a text in between."""

from __future__ import annotations

ARTICLES = (
    "第一章　总则",
    "第一条　为了管好各单位的茶水间，根据有关规定，制定本办法。",
    "第二条　茶水间由后勤处管理。",
    "第三条　使用茶水间应当遵守下列要求：",
    "（一）用后洗杯；",
    "（二）随手关水；",
    "（三）不得带走公用的茶叶。",
    "第二章　附则",
    "第四条　本办法自2024年3月1日起施行。",
)
TITLE = "某某市机关茶水间管理办法"

_MENU = """
<div id="top"><a href="/">首页</a> | <a href="/jg">机构设置</a> | <a href="/zc">政策文件</a> |
<a href="/hd">互动交流</a></div>
<div class="nav"><ul><li><a href="/a">要闻动态</a></li><li><a href="/b">政务公开</a></li>
<li><a href="/c">办事服务</a></li></ul></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zc">政策文件</a> &gt; 正文</div>
"""
_FOOT = """
<div class="related"><h3>相关链接</h3><ul>
<li><a href="/1">某某市召开机关后勤工作会议，部署下半年任务。</a></li>
<li><a href="/2">关于做好冬季供暖工作的通知</a></li></ul></div>
<div class="footer"><p>主办：某某市人民政府办公室　承办：某某市大数据中心</p>
<p>地址：某某市某某路1号　邮编：000000　网站标识码：0000000000</p>
<p>某ICP备00000000号　某公网安备00000000000000号</p><a href="/sm">网站声明</a></div>
"""


def paragraphs(lines: tuple[str, ...] = ARTICLES, tag: str = "p") -> str:
    return "\n".join(f"<{tag}>&emsp;&emsp;{line}</{tag}>" for line in lines)


def government_page(charset: str = "utf-8", body: str | None = None) -> bytes:
    """A text in a box of its own, between menus and a footer."""
    page = f"""<!DOCTYPE html><html><head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>{TITLE}_政策文件_某某市人民政府</title>
<meta name="ArticleTitle" content="{TITLE}">
<style>p {{ margin: 0 }}</style><script>var a = "第九条　不是正文。";</script></head><body>
{_MENU}
<div class="content"><h1>{TITLE}</h1>
<div class="info">发布时间：2024-02-01　来源：后勤处　浏览次数：<span>12</span>
<a href="#">【大】</a><a href="#">【中】</a><a href="#">【小】</a></div>
<div class="TRS_Editor">{paragraphs() if body is None else body}</div>
<div class="tools"><a href="#">打印本页</a> <a href="#">关闭窗口</a></div></div>
{_FOOT}</body></html>"""
    return page.encode("gb18030" if charset.lower().startswith("gb") else charset)


def table_layout_page() -> bytes:
    """A page of the early years: everything in tables, lines parted by <br>, upper-case tags."""
    text = "<BR>\n".join(f"　　{line}" for line in ARTICLES)
    return f"""<HTML><HEAD><TITLE>{TITLE}</TITLE>
<META http-equiv=Content-Type content="text/html; charset=gb2312"></HEAD><BODY>
<TABLE width=760><TR><TD><A href=/>首页</A></TD><TD><A href=/a>通知公告</A></TD></TR></TABLE>
<TABLE width=760><TR><TD width=160><A href=/x>法规</A><BR><A href=/y>规章</A></TD>
<TD><TABLE><TR><TD align=center><B>{TITLE}</B></TD></TR>
<TR><TD><FONT size=3>{text}</FONT></TD></TR></TABLE></TD></TR></TABLE>
<TABLE><TR><TD>版权所有 某某市后勤处 电话：00000000</TD></TR></TABLE></BODY></HTML>
""".encode("gb18030")


def saved_by_word() -> bytes:
    """What Word makes of a document saved as a web page."""
    lines = "\n".join(
        f"<p class=MsoNormal style='text-indent:32.0pt'><span lang=ZH-CN style='font-family:仿宋'>"
        f"{line[:5]}\n{line[5:]}</span><o:p></o:p></p>"
        for line in ARTICLES
    )
    return f"""<html xmlns:o="urn:schemas-microsoft-com:office:office">
<head><meta http-equiv=Content-Type content="text/html; charset=gb2312">
<meta name=Generator content="Microsoft Word 15"><title>x</title>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {{margin:0cm}} --></style></head>
<body lang=ZH-CN><div class=WordSection1>
<p class=MsoNormal align=center><b><span>{TITLE}</span></b></p>
{lines}</div></body></html>""".encode("gb18030")


def page_of_divisions() -> bytes:
    """A page whose paragraphs are divisions, with the annex in a box beside the text's."""
    return f"""<!doctype html><html lang="zh">
<head><meta charset="utf-8"><title>{TITLE}</title></head>
<body><header><a href="/">某某市</a><nav><a href="/a">新闻</a><a href="/b">公告</a></nav></header>
<main><article><h1>{TITLE}</h1><div class="text">{paragraphs(tag="div")}</div>
<div class="annex"><div>附件：茶水间物品清单</div><div>杯子十个，茶壶两把。</div></div></article>
<aside><a href="/c">热门：某某市发布新规，自即日起施行。</a></aside></main>
<footer>版权所有，某某市人民政府。未经许可，不得转载。</footer></body></html>""".encode()


def wechat_page() -> bytes:
    """An article of WeChat as saved: invisible until a script has run, every piece a span."""
    pieces = "\n".join(
        f'<section style="margin:0"><span style="font-size:15px">{line[:3]}</span>'
        f"<span><strong>{line[3:]}</strong></span></section><section><br></section>"
        for line in ARTICLES
    )
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title></title>
<meta property="og:title" content="{TITLE}"></head><body id="activity-detail">
<div id="js_article"><div id="img-content"><h1 class="rich_media_title" id="activity-name">
{TITLE}
</h1><div id="meta_content"><span>后勤处</span><em id="publish_time"></em></div>
<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0; ">
{pieces}</div></div><div id="js_tags"><a href="#">#机关管理</a></div>
<div class="qr_code_pc"><p>微信扫一扫</p><p>关注该公众号</p></div></div>
<script>var a = 1;</script></body></html>""".encode()


def page_with_index() -> bytes:
    """A page of published information: its particulars in a table, a paragraph a table row."""
    rows = "".join(f"<tr><td><p>{line}</p></td></tr>" for line in ARTICLES)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8">
<title>{TITLE} - 某某市</title></head>
<body>{_MENU}<div class="wrap"><table class="index"><tbody>
<tr><td>索 引 号：</td><td>00000-2024-0001</td><td>主题分类：</td><td>后勤</td></tr>
<tr><td>发文机关：</td><td>后勤处</td><td>成文日期：</td><td>2024年2月1日</td></tr>
</tbody></table>
<h2 class="tit">{TITLE}</h2>
<div id="zoom" class="print"><table><tbody>{rows}</tbody></table></div>
<div class="tools">字体：<a href="#">大</a> <a href="#">中</a></div></div>
{_FOOT}</body></html>""".encode()


TABLE = """<p>各类人员的标准如下：</p><table border="1"><tbody>
<tr><th rowspan="2">人员</th><th colspan="2">每日标准（元）</th></tr>
<tr><td>住宿</td><td>伙食</td></tr>
<tr><td><p>部级</p></td><td>800</td><td>100</td></tr>
<tr><td>其他人员</td><td>500</td><td></td></tr></tbody></table>
<p>第五条　超过标准的，自行承担。</p>"""
