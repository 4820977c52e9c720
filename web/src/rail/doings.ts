import type { Chat } from "../api/types";
import { go, route } from "../state/route.svelte";
import { threads } from "../state/threads.svelte";
import { toast, type MenuItem } from "../ui";
import { t } from "../words";
import { attempted } from "./attempt";

/** What a chat's menu opens. */
export type Asked = "rename" | "move" | "tags" | "share" | "export" | "delete";

export function titleOf(chat: { title?: string }): string {
  return chat.title || t("rail.untitled");
}

/** Put a chat away or take it out again, with the way back. */
export async function putAway(chat: Chat): Promise<void> {
  const archived = !chat.archived;
  if (!(await attempted(() => threads.archive(chat, archived)))) return;
  const undo = () => void attempted(() => threads.archive(chat, !archived)).then(() => threads.refresh());
  toast(t(archived ? "rail.archivedNow" : "rail.unarchivedNow", { title: titleOf(chat) }), {
    action: { label: t("rail.undo"), run: undo },
  });
}

/** Put a chat into a folder, with the way back. */
export async function putInto(chat: Chat, folder: string | null): Promise<void> {
  const before = chat.folder ?? null;
  if (before === folder || !(await attempted(() => threads.move(chat, folder)))) return;
  const name = threads.folders.find((one) => one.id === folder)?.name ?? t("rail.noFolder");
  const undo = () =>
    void attempted(() => threads.move({ ...chat, folder }, before)).then(() => threads.refresh());
  toast(t("rail.moved", { folder: name }), { action: { label: t("rail.undo"), run: undo } });
}

/** Delete a chat for good; whoever reads it is led to a new one. */
export async function deleted(chat: Chat): Promise<boolean> {
  const open = route.params["chat"] === chat.id;
  const done = await attempted(() => threads.remove(chat));
  if (done && open) go("", { replace: true });
  return done;
}

/** The menu of a chat. */
export function menuOf(chat: Chat, ask: (what: Asked, chat: Chat) => void): MenuItem[] {
  return [
    { label: t("rail.rename"), icon: "edit", run: () => ask("rename", chat) },
    {
      label: t(chat.pinned ? "rail.unpin" : "rail.pin"),
      icon: "pin",
      run: () => void attempted(() => threads.pin(chat, !chat.pinned)),
    },
    { label: t("rail.move"), icon: "folder", run: () => ask("move", chat) },
    { label: t("rail.tagsOf"), icon: "tag", run: () => ask("tags", chat) },
    { label: t("rail.share"), icon: "share", run: () => ask("share", chat) },
    { label: t("rail.export"), icon: "download", run: () => ask("export", chat) },
    {
      label: t(chat.archived ? "rail.unarchive" : "rail.archive"),
      icon: "archive",
      run: () => void putAway(chat),
    },
    { label: t("rail.delete"), icon: "trash", danger: true, run: () => ask("delete", chat) },
  ];
}
