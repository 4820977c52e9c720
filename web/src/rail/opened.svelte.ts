import type { Chat, Folder } from "../api/types";
import { emptyWithOwner } from "../state/owner";
import type { Asked } from "./doings";

/** What is open of the rail's dialogs. They outlive the rail, which is put away, and is a drawer on narrow screens. */
class Opened {
  /** What a chat's menu opened. */
  chat = $state.raw<{ what: Asked; chat: Chat } | null>(null);
  /** A folder's settings; its folder is null for a new one. */
  settings = $state.raw<{ folder: Folder | null } | null>(null);
  /** The folder that shall be deleted. */
  leaving = $state.raw<Folder | null>(null);
  transfer = $state(false);
  /** Whether the search shall have the focus as soon as there is one. */
  search = $state(false);

  /** Close all: what is open is about somebody's chats and folders. */
  empty(): void {
    [this.chat, this.settings, this.leaving] = [null, null, null];
    [this.transfer, this.search] = [false, false];
  }
}

export const opened = new Opened();
emptyWithOwner(() => opened.empty());
