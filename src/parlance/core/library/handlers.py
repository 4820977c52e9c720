"""Which function handles which operation of the library."""

from __future__ import annotations

from collections.abc import Mapping

from parlance.core.dispatch import Loader
from parlance.core.library import bring, export, folders, search, shares
from parlance.core.library import folder_operations as folder
from parlance.core.library import share_operations as share
from parlance.core.library.room import LibraryRoom
from parlance.core.library.search_operations import SearchChats
from parlance.core.library.transfer_operations import ExportChats, ImportChats
from parlance.core.operation import Handles

AREA: Handles = {
    SearchChats: search.search_chats,
    folder.CreateFolder: folders.create_folder,
    folder.ListFolders: folders.list_folders,
    folder.UpdateFolder: folders.update_folder,
    folder.MoveFolder: folders.move_folder,
    folder.DeleteFolder: folders.delete_folder,
    folder.TagChat: folders.tag_chat,
    folder.ListTags: folders.list_tags,
    share.CreateShare: shares.create_share,
    share.ListShares: shares.list_shares,
    share.RevokeShare: shares.revoke_share,
    share.OpenShare: shares.open_share,
    ExportChats: export.export_chats,
    ImportChats: bring.import_chats,
}


def loaders(room: LibraryRoom) -> Mapping[str, Loader]:
    """How dispatch finds what these operations name."""
    return {"folder": room.find_folder, "share": room.find_share}
