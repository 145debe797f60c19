import time

import pytest

from annotations.markdown import to_html


def test_what_people_write_comes_out() -> None:
    assert to_html("*so* **it** is ~~not~~\n\n> a line\n\n2. x") == (
        "<p><em>so</em> <strong>it</strong> is <s>not</s></p>\n"
        "<blockquote>\n<p>a line</p>\n</blockquote>\n"
        '<ol start="2">\n<li>x</li>\n</ol>'
    )


def test_links_are_found_and_carry_no_referrer() -> None:
    assert to_html("see https://example.org/a?b=1&c=2") == (
        '<p>see <a href="https://example.org/a?b=1&amp;c=2" '
        'rel="nofollow noopener noreferrer ugc">https://example.org/a?b=1&amp;c=2</a></p>'
    )


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox)",
    "<a href='x' hx-get='/n/' hx-trigger='load'>y</a>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    "<form action=/x><input name=y></form>",
    "<div style='position:fixed' id=status class=x>",
    "![x](https://example.org/x.png)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "`<b onclick=alert(1)>`",
    "[x](https://example.org \"onmouseover=alert(1)\")",
    "<details open ontoggle=alert(1)>",
]  # fmt: skip


@pytest.mark.hostile
@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_executable_survives(source: str) -> None:
    html = to_html(source).lower()
    for tag in ("script", "img", "svg", "math", "form", "input", "div", "details", "iframe"):
        assert f"<{tag}" not in html
    inside_tags = [part.split(">", 1)[0] for part in html.split("<")[1:]]
    for part in inside_tags:
        for attribute in ("on", "hx-", "style", "id=", "class", "title", "src"):
            assert f" {attribute}" not in part
        assert "javascript:" not in part
        assert "data:" not in part
        assert "vbscript:" not in part


@pytest.mark.hostile
@pytest.mark.parametrize(
    "source", ["[" * 50_000, "*a " * 17_000, "`" * 50_000, "> " * 25_000, "http://" * 7_000]
)
def test_no_source_makes_it_think_for_long(source: str) -> None:
    began = time.process_time()
    to_html(source[:10_000])
    assert time.process_time() - began < 2
