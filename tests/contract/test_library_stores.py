"""What every store of folders, tags and links must do, and every search, on every database."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.library import Narrowed, Piece, Tagged
from parlance.ports.stores import Conflict, Database, Statement
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.folders import SqlFolders
from parlance.stores.sql.library import SqlLibraryStores
from parlance.stores.sql.search import SqlSearch
from parlance.stores.sql.shares import SqlShares
from parlance.stores.sql.tags import SqlTags
from parlance.stores.sql.turns import SqlTurns
from parlance.testing.chats import add_users
from parlance.values.chats import Chat, Folder, Hit, Share, Turn, TurnItem
from parlance.values.messages import Message

TENANT = "default"
SAID = {
    "t-zh": "我们昨天在北京讨论了知识库的设计。",
    "t-fr": "Le café était fermé, naïve Zoë!",
    "t-short": "To be or not to be, that is the question. C a 7",
    "t-code": "SELECT * FROM users WHERE name = 'x' -- AND NOT NEAR(a, b) foo_bar https://example.org/a-b",
    "t-hi": "हिन्दी में लिखो",
    "t-th": "สวัสดีครับ ยินดีต้อนรับ",
    "t-rare": "𠮷野家 and Straße and ＦＵＬＬ",
}


class Library:
    """One user's chat with what is said above, and another user's with the same words."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chats, self.turns = SqlChats(database, TENANT), SqlTurns(database, TENANT)
        self.search = SqlSearch(database, TENANT)

    async def chat(self, id: str, user: str = "ada", **more: object) -> Chat:
        made: Chat = msgspec.structs.replace(Chat(id, TENANT, user, 1, 1), **more)
        await self.database.apply(self.chats.insert(made))
        return made

    async def say(self, chat: Chat, id: str, text: str, at: int = 5) -> None:
        items = (TurnItem("message-1", Message("user", text)),)
        turn = Turn(id, chat.id, "user", "complete", at, items=items, sent=id)
        await self.database.apply(self.turns.insert(turn, chat.user))

    async def found(self, *pieces: str | Piece, which: Narrowed | None = None, user: str = "ada") -> list[str]:
        """Ids of the turns that are found, of titles their chats'."""
        looked = [piece if isinstance(piece, Piece) else Piece(piece) for piece in pieces]
        return [hit.turn or hit.chat for _, hit in await self.hits(looked, which, user)]

    async def hits(
        self, looked: list[Piece], which: Narrowed | None = None, user: str = "ada"
    ) -> list[tuple[tuple[int, str, str], Hit]]:
        return list(await self.search.hits(user, looked, which or Narrowed(), None, 50))


@pytest.fixture
async def library(database: Database) -> Library:
    """Ada's and Bob's, with the same words."""
    made = Library(database)
    await add_users(database, TENANT, "ada", "bob")
    for user in ("ada", "bob"):
        chat = await made.chat(f"c-{user}", user, title="Über Tee")
        for n, (id, text) in enumerate(SAID.items()):
            await made.say(chat, id if user == "ada" else f"{id}-bob", text, n)
    return made


@pytest.mark.parametrize(
    ("sought", "turn"),
    [
        ("北京", "t-zh"),
        ("知识库", "t-zh"),
        ("库的设计", "t-zh"),
        ("计", "t-zh"),
        ("我", "t-zh"),
        ("café", "t-fr"),
        ("CAFE", "t-fr"),
        ("cafe\u0301", "t-fr"),
        ("zoë", "t-fr"),
        ("to be", "t-short"),
        ("that is the", "t-short"),
        ("c", "t-short"),
        ("or", "t-short"),
        ("7", "t-short"),
        ("foo_bar", "t-code"),
        ("example.org/a-b", "t-code"),
        ("NOT NEAR(a, b)", "t-code"),
        ("हिन्दी", "t-hi"),
        ("ยินดี", "t-th"),
        ("𠮷野", "t-rare"),
        ("STRASSE", "t-rare"),
        ("full", "t-rare"),
    ],
)
async def test_what_was_said_is_found_in_every_script(library: Library, sought: str, turn: str) -> None:
    """As it stands: words of two Han letters, one letter, accents or none, stop words, words with marks, only one's
    own."""
    assert await library.found(sought) == [turn]
    assert await library.found(sought, user="bob") == [f"{turn}-bob"]
    assert await library.found(sought, user="carol") == []


@pytest.mark.parametrize("sought", ["北天", "京北", "be to or", "question the", "caf", "ques", "हि"])
async def test_what_was_not_said_is_not_found(library: Library, sought: str) -> None:
    """Other neighbours, other orders, and words that were only begun."""
    assert await library.found(sought) == []


async def test_the_last_word_may_go_on(library: Library) -> None:
    """While it is being typed; a single letter is a word only."""
    assert await library.found(Piece("ques", more=True)) == ["t-short"]
    assert await library.found("cafe", Piece("fer", more=True)) == ["t-fr"]
    assert await library.found(Piece("example.or", more=True)) == ["t-code"]
    assert await library.found(Piece("z", more=True)) == []


async def test_all_pieces_must_stand_somewhere(library: Library) -> None:
    """In the same turn, in any order."""
    assert await library.found("question", "to be") == ["t-short"]
    assert await library.found("question", "café") == []


@pytest.mark.parametrize(
    "sought",
    [
        "***",
        '"',
        "(",
        "",
        "' OR 1=1 --",
        "AND",
        "a* OR b",
        ":*",
        "NEAR/2",
        "-a +b",
        "@@ !a & b |",
        "%",
        "\\",
        "x" * 400,
        "ab " * 130,
    ],
)
async def test_operators_are_plain_text(library: Library, sought: str) -> None:
    """Nothing that is typed is an error."""
    for more in (False, True):
        await library.found(Piece(sought, more=more))
        await library.found("question", Piece(sought, more=more))
    assert not library.search.searchable([Piece("***"), Piece("")])


async def test_a_hit_shows_the_text_around_it(library: Library) -> None:
    """In one line, cut at words."""
    chat = await library.chat("c-long", title="Long")
    await library.say(chat, "t-long", "word " * 100 + "the\nneedle " + "rest " * 100)
    [(_, hit)] = await library.hits([Piece("needle")])
    assert hit.chat == "c-long" and hit.title == "Long" and hit.turn == "t-long" and hit.created == 5
    assert "word the needle rest" in hit.excerpt and len(hit.excerpt) < 260
    assert hit.excerpt.startswith("…word") and hit.excerpt.endswith("rest…")


async def test_a_title_is_found_by_its_newest_words(library: Library) -> None:
    """A renamed chat is not found by what it was called."""
    assert await library.found("uber") == ["c-ada"]
    chat = await library.chats.chat("c-ada")
    assert chat is not None
    await library.database.apply(library.chats.change(chat, {"title": "Kaffee"}, 9))
    assert await library.found("Über") == []
    [(_, hit)] = await library.hits([Piece("kaffee")])
    assert (hit.turn, hit.excerpt) == (None, "Kaffee")


async def test_what_is_deleted_is_not_found(library: Library) -> None:
    chat = await library.chats.chat("c-ada")
    assert chat is not None
    await library.database.apply(library.turns.delete(chat, ["t-zh"], None))
    assert await library.found("北京") == []
    await library.database.apply(library.chats.delete("c-ada"))
    assert await library.found("café") == []
    assert await library.found("café", user="bob") == ["t-fr-bob"]


async def test_pages_follow_each_other_newest_first(library: Library) -> None:
    """Each hit once, although others were said at the same time."""
    chat = await library.chat("c-many", title="Many")
    for n in range(25):
        await library.say(chat, f"t-{n:02}", "again", 100 + n // 5)
    seen: list[str] = []
    after = None
    while page := await library.search.hits("ada", [Piece("again")], Narrowed(), after, 10):
        seen += [hit.turn or "" for _, hit in page]
        after = page[-1][0]
    assert seen == [f"t-{n:02}" for n in reversed(range(25))]


async def test_a_search_is_narrowed_by_folder_tag_pin_and_archive(library: Library) -> None:
    folders, tags = SqlFolders(library.database, TENANT), SqlTags(library.database, TENANT)
    await library.database.apply(folders.insert(Folder("f1", TENANT, "ada", "Work", 1, 1)))
    plain = await library.chat("c-1")
    filed = await library.chat("c-2", folder="f1")
    pinned = await library.chat("c-3", pinned=True)
    gone = await library.chat("c-4", archived=True)
    for chat in (plain, filed, pinned, gone):
        await library.say(chat, f"t-{chat.id}", "common")
    await library.database.apply(tags.set(plain, ["Tea"]))
    assert await library.found("common", which=Narrowed(folders=("f1", "f2"))) == ["t-c-2"]
    assert await library.found("common", which=Narrowed(folders=())) == []
    assert await library.found("common", which=Narrowed(tag="tea")) == ["t-c-1"]
    assert await library.found("common", which=Narrowed(pinned=True)) == ["t-c-3"]
    assert await library.found("common", which=Narrowed(archived=True)) == ["t-c-4"]
    assert await library.found("common", which=Narrowed(archived=False, pinned=False)) == ["t-c-2", "t-c-1"]


async def test_a_folder_reads_back_as_it_was_written(library: Library) -> None:
    folders = SqlFolders(library.database, TENANT)
    whole = Folder("f1", TENANT, "ada", "Wörk", 1, 2, None, "Be brief.", ("x", "y"), 1, {"a": 1})
    under = Folder("f2", TENANT, "ada", "alpha", 1, 1, "f1")
    await library.database.apply((*folders.insert(whole), *folders.insert(under)))
    assert await folders.folder("f1") == whole
    assert await folders.all("ada") == [under, whole]
    assert await folders.all("bob") == [] and await SqlFolders(library.database, "other").folder("f1") is None
    await library.database.apply(folders.change(whole, {"name": "New", "files": ("z",)}, 5))
    after = await folders.folder("f1")
    assert after == msgspec.structs.replace(whole, name="New", files=("z",), updated=5, version=2)
    with pytest.raises(Conflict):
        await library.database.apply(folders.change(whole, {"name": "Newer"}, 6))
    with pytest.raises(Conflict):
        await library.database.apply(folders.insert(Folder("f3", TENANT, "ada", "x", 1, 1, "nowhere")))


async def test_two_moves_at_once_make_no_ring(library: Library) -> None:
    folders = SqlFolders(library.database, TENANT)
    a, b = Folder("a", TENANT, "ada", "a", 1, 1), Folder("b", TENANT, "ada", "b", 1, 1)
    await library.database.apply((*folders.insert(a), *folders.insert(b)))
    await library.database.apply(folders.move(a, [b], 2))
    with pytest.raises(Conflict):
        await library.database.apply(folders.move(b, [a], 2))


async def test_what_was_in_a_deleted_folder_goes_up(library: Library) -> None:
    folders = SqlFolders(library.database, TENANT)
    for folder in (
        Folder("top", TENANT, "ada", "t", 1, 1),
        Folder("mid", TENANT, "ada", "m", 1, 1, "top", files=("x",)),
        Folder("low", TENANT, "ada", "l", 1, 1, "mid"),
    ):
        await library.database.apply(folders.insert(folder))
    await library.chat("c-1", folder="mid")
    mid = await folders.folder("mid")
    assert mid is not None
    await library.database.apply(folders.delete(mid))
    low, chat = await folders.folder("low"), await library.chats.chat("c-1")
    assert low is not None and low.parent == "top"
    assert chat is not None and chat.folder == "top"
    assert await folders.folder("mid") is None
    with pytest.raises(Conflict):
        await library.database.apply(folders.delete(mid))


async def test_tags_are_a_set_by_their_folded_names(library: Library) -> None:
    tags = SqlTags(library.database, TENANT)
    one, two = await library.chat("c-1"), await library.chat("c-2")
    await library.database.apply(tags.set(one, ["Tea", "tea", "ÄRGER"]))
    await library.database.apply(tags.set(two, ["tea"]))
    assert await tags.of(["c-1", "c-2", "c-9"]) == {"c-1": ("tea", "ÄRGER"), "c-2": ("tea",)}
    assert await tags.all("ada") == [Tagged("tea", 2), Tagged("ÄRGER", 1)]
    assert await tags.all("bob") == []
    await library.database.apply(tags.set(one, []))
    assert await tags.of(["c-1"]) == {}
    with pytest.raises(Conflict):
        await library.database.apply(tags.set(msgspec.structs.replace(one, id="gone"), ["x"]))


async def test_a_link_is_found_by_its_digest_and_goes_with_its_chat(library: Library) -> None:
    shares, stores = SqlShares(library.database, TENANT), SqlLibraryStores(library.database)
    shown = [Share(f"s{n}", TENANT, "ada", "c-ada", "Tea", 1, 9 if n else None) for n in range(3)]
    for share in shown:
        await library.database.apply(shares.insert(share, f"digest-{share.id}", b"what it shows"))
    found = await stores.opened("digest-s1")
    assert found is not None and found.share == shown[1] and found.content == b"what it shows"
    assert await stores.opened("digest-s9") is None
    assert await shares.share("s0") == shown[0]
    assert await shares.all("ada", None, None, 2) == [shown[2], shown[1]]
    assert await shares.all("ada", "c-ada", "s1", 2) == [shown[0]]
    assert await shares.all("bob", None, None, 2) == []
    await library.database.apply(shares.delete(shown[0]))
    assert await shares.share("s0") is None
    await library.database.apply(library.chats.delete("c-ada"))
    assert await stores.opened("digest-s1") is None


@pytest.mark.parametrize("who", ["tenants", "users"])
async def test_a_link_shows_nothing_while_its_owner_or_their_tenant_is_disabled(library: Library, who: str) -> None:
    """And again when they are let in again; nobody else's disabling touches it."""
    shares, stores = SqlShares(library.database, TENANT), SqlLibraryStores(library.database)
    share = Share("s0", TENANT, "ada", "c-ada", "Tea", 1, None)
    await library.database.apply(shares.insert(share, "digest", b"what it shows"))

    async def disabled(id: str, value: int) -> bool:
        tenant = "" if who == "tenants" else " AND tenant = 'default'"
        sql = f"UPDATE {who} SET disabled = :value WHERE id = :id{tenant}"
        await library.database.apply((Statement(sql, {"id": id, "value": value}, None),))
        return await stores.opened("digest") is None

    mine, other = (TENANT, "another") if who == "tenants" else ("ada", "bob")
    assert not await disabled(other, 1)
    assert await disabled(mine, 1)
    assert not await disabled(mine, 0)
