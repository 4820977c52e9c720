"""From a method and a raw path to a row."""

from __future__ import annotations

import timeit

import pytest

from parlance.dialects.table import Dialect
from parlance.transports.http.router import Clash, Found, NotAllowed, Router, split
from parlance.values.errors import Fault, Kind
from tests.unit.transports.small import dialect, row


def find(router: Router, method: str, path: str, html: bool = False) -> Found:
    return router.find(method, path.encode("latin-1"), path, html)


def two(**more: object) -> Router:
    first = dialect(row("GET", "/v1/models"), row("GET", "/v1/models/{id}"), name="first", subtrees=("/v1",))
    second = dialect(row("GET", "/v1/models"), row("POST", "/v1/files/{rest:path}"), name="second")
    return Router([first, second], **more)  # type: ignore[arg-type]


def test_a_literal_path_finds_its_row_and_the_earlier_dialect_wins() -> None:
    """The order of a door's dialects decides."""
    assert find(two(), "GET", "/v1/models").target.dialect.name == "first"


def test_every_dialect_is_mounted_whole_under_its_name() -> None:
    """What an earlier dialect hides stays reachable, and the row sees its own path."""
    found = find(two(), "GET", "/as/second/v1/models")
    assert (found.target.dialect.name, found.target.prefix, found.path) == ("second", "/as/second", "/v1/models")


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/models/a", {"id": "a"}),
        ("/v1/models/a%2Fb", {"id": "a/b"}),
        ("/v1/models/%E4%BD%A0%20x", {"id": "你 x"}),
        ("/v1/models/a%252Fb", {"id": "a%2Fb"}),
        ("/as/first/v1/models/a%2Fb", {"id": "a/b"}),
    ],
)
def test_pieces_are_decoded_one_by_one(path: str, params: dict[str, str]) -> None:
    """An encoded slash belongs to its piece, and nothing is decoded twice."""
    assert find(two(), "GET", path).params == params


def test_the_rest_of_a_path_is_one_parameter() -> None:
    """It needs at least one piece that says something."""
    assert find(two(), "POST", "/v1/files/a/b%20c/d").params == {"rest": "a/b c/d"}
    with pytest.raises(Fault):
        find(two(), "POST", "/v1/files/")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/../etc",
        "/v1/./models",
        "/v1/%2e%2e/models",
        "/v1/models/..%2f..",
        "/v1/models/a%00",
        "/v1/models/a\\b",
        "/v1/models/%5c",
        "/v1/models/%0a",
        "/v1/models/%ff",
        "/v1/models/\xff",
    ],
)
def test_hostile_paths_are_refused(path: str) -> None:
    """Dot segments, controls, backslashes and broken UTF-8 never reach a row."""
    with pytest.raises(Fault) as caught:
        find(two(), "GET", path)
    assert (caught.value.kind, caught.value.code) == (Kind.invalid, "bad_path")


def test_an_encoded_literal_is_found_but_an_encoded_slash_separates_nothing() -> None:
    """`%6d` is an m everywhere; `%2F` is no separator."""
    assert find(two(), "GET", "/v1/%6dodels").target.row.path == "/v1/models"
    with pytest.raises(Fault) as caught:
        two().find("GET", b"/v1%2Fmodels", "/v1/models", False)
    assert caught.value.code == "not_found"


def test_another_method_is_told_which_ones_there_are() -> None:
    """405 lists all methods of every row that fits the path."""
    with pytest.raises(NotAllowed) as caught:
        find(two(), "DELETE", "/v1/models")
    assert caught.value.allowed == ("GET", "HEAD")
    with pytest.raises(NotAllowed):
        find(two(), "DELETE", "/v1/models/a")


def test_a_method_of_a_less_literal_row_is_found_behind_a_literal_one() -> None:
    """`DELETE /models/list` is `DELETE /models/{id}` when only GET has a row called `list`."""
    router = Router([dialect(row("GET", "/models/list"), row("DELETE", "/models/{id}"))])
    assert find(router, "DELETE", "/models/list").params == {"id": "list"}
    assert find(router, "GET", "/models/list").params == {}


def test_head_falls_back_to_get() -> None:
    """Also for pages, and a HEAD row of its own goes first."""
    router = Router([dialect(row("GET", "/a"), row("GET", "/b"), row("HEAD", "/b", name="own"))])
    assert find(router, "HEAD", "/a").target.row.method == "GET"
    assert find(router, "HEAD", "/b").target.row.name == "own"


def test_a_page_is_only_for_browsers() -> None:
    """`GET /` is one thing for a person and another for a program."""
    router = Router([dialect(row("GET", "/", name="page", browser=True), row("GET", "/", name="line"))])
    assert find(router, "GET", "/", html=True).target.row.name == "page"
    assert find(router, "HEAD", "/", html=True).target.row.name == "page"
    assert find(router, "GET", "/").target.row.name == "line"
    only = Router([dialect(row("GET", "/page", browser=True))])
    with pytest.raises(Fault) as caught:
        find(only, "GET", "/page")
    assert caught.value.code == "not_found"
    with pytest.raises(NotAllowed):
        find(only, "POST", "/page", html=True)


@pytest.mark.parametrize(
    "path", ["//v1/models", "/v1/v1/models", "/v1/models/", "/v1//models", "//v1/v1/models/", "/as/easy//v1/v1/models"]
)
def test_a_tolerant_dialect_forgives_careless_joins(path: str) -> None:
    """Clients are given base URLs with and without `/v1` and slashes."""
    easy = dialect(row("GET", "/v1/models"), name="easy", tolerant=True)
    strict = dialect(row("GET", "/v1/other"), name="strict")
    assert find(Router([easy, strict]), "GET", path).target.row.path == "/v1/models"


@pytest.mark.parametrize("path", ["/v1/other/", "//v1/other", "/v2/models/", "/nothing"])
def test_other_dialects_forgive_nothing(path: str) -> None:
    """Tolerance is a dialect's own, and it invents no rows."""
    easy = dialect(row("GET", "/v1/models"), name="easy", tolerant=True)
    strict = dialect(row("GET", "/v1/other"), name="strict")
    with pytest.raises(Fault) as caught:
        find(Router([easy, strict]), "GET", path)
    assert caught.value.code == "not_found"


def test_the_longest_subtree_owns_the_errors_below_it() -> None:
    """Else the first dialect does; under its own mount every dialect owns its own."""
    wide = dialect(name="wide", subtrees=("/api",))
    deep = dialect(name="deep", subtrees=("/api/chat",))
    router = Router([wide, deep], base="/ai")
    owners = {path: router.owner(path)[0].name for path in ("/ai/api/x", "/ai/api/chat/x", "/ai/api/chats", "/other")}
    assert owners == {"/ai/api/x": "wide", "/ai/api/chat/x": "deep", "/ai/api/chats": "wide", "/other": "wide"}
    assert router.owner("/ai/as/deep/api/x") == (deep, "/ai/as/deep")


@pytest.mark.parametrize("path", ["/ai", "/ai/", "/a%69", "/ai/as/one", "/ai/as/one/"])
def test_the_root_of_a_sub_path_needs_no_slash(path: str) -> None:
    """People type it as it is configured; the row sees its own path."""
    router = Router([dialect(row("GET", "/"), name="one"), dialect(row("GET", "/"), name="two")], base="/ai")
    found = find(router, "GET", path)
    assert (found.target.dialect.name, found.path) == ("one", "/")
    with pytest.raises(NotAllowed):
        find(router, "POST", path)


def test_a_sub_path_stands_before_everything() -> None:
    """A proxy may serve us under `/ai`; rows do not know."""
    found = find(two(base="/ai"), "GET", "/ai/v1/models/a")
    assert (found.path, found.target.prefix) == ("/v1/models/a", "/ai")
    with pytest.raises(Fault):
        find(two(base="/ai"), "GET", "/v1/models")


def test_an_undeclared_clash_is_an_error() -> None:
    """Whoever adds a dialect has to say who answers."""
    with pytest.raises(Clash, match="first and second both claim GET /v1/models"):
        two(clashes={})
    assert find(two(clashes={("GET", "/v1/models"): "first"}), "GET", "/v1/models").target.dialect.name == "first"
    with pytest.raises(Clash, match="declared for second"):
        two(clashes={("GET", "/v1/models"): "second"})


def test_a_clash_does_not_hide_behind_other_names() -> None:
    """`/a/{x}` and `/a/{y}` are the same path."""
    rows = [dialect(row("GET", "/a/{x}"), name="one"), dialect(row("GET", "/a/{y}"), name="two")]
    with pytest.raises(Clash):
        Router(rows, clashes={})
    with pytest.raises(Clash, match="twice"):
        Router([dialect(row("GET", "/a/{x}"), row("GET", "/a/{y}"))])


def test_the_rest_stands_only_at_the_end() -> None:
    """Anything after it could never be reached."""
    with pytest.raises(ValueError, match="end"):
        Router([dialect(row("GET", "/a/{rest:path}/b"))])


def test_700_routes_cost_what_7_do() -> None:
    """A look-up does not walk the table."""

    def seconds(count: int) -> float:
        rows = [row("GET", f"/area{at}/things/{{id}}/parts") for at in range(count)]
        router = Router([dialect(*rows)])
        path = f"/area{count - 1}/things/x/parts"
        return min(timeit.repeat(lambda: find(router, "GET", path), number=300, repeat=7))

    assert seconds(700) < 4 * seconds(7)


def test_split_takes_the_root_for_one_empty_piece() -> None:
    """So that `/` has a place in the trie."""
    assert split(b"/") == [""]


def test_an_empty_door_has_nothing() -> None:
    """A dialect without rows is no error."""
    empty: Dialect = dialect()
    with pytest.raises(Fault):
        find(Router([empty]), "GET", "/")
