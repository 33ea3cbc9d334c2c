"""docs/security.md names tests; each of them exists."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
LINES = "5.1.1 5.2.1 5.2.2 5.2.3 5.2.4 5.2.5 5.2.6 5.3.1 5.3.2 5.3.3 5.4.1 5.4.2 5.4.3".split()


def test_every_test_that_the_page_names_exists():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    for file, name in named:
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), f"{file}::{name}"


def test_every_line_of_the_chapter_has_a_test_or_says_that_it_is_not_done():
    rows = {row[0]: row for row in re.findall(r"^\| (\d\.\d\.\d) \| .*? \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)}
    assert list(rows) == LINES
    assert all("::" in row[2] or "**not done**" in row[1] for row in rows.values())
