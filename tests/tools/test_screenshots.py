"""The pictures of the page are all there, or the run says which is not."""

from __future__ import annotations

from tools.screenshots import FOLDER, ROOT, expected


def test_each_view_is_drawn_in_each_theme_at_each_width() -> None:
    """By a name that says which it is."""
    names = expected(["entry", "chat"], ["light", "dark"], [320, 1440])
    assert len(names) == 8 and {"entry-light-320.png", "chat-dark-1440.png"} <= names


def test_pictures_lie_where_git_does_not_look() -> None:
    """They are many, and each run draws them anew."""
    assert FOLDER.relative_to(ROOT).parts[0] + "/" in (ROOT / ".gitignore").read_text().split()
