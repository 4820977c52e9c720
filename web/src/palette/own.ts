import { bases } from "../state/bases.svelte";
import { choose, prefs } from "../state/prefs.svelte";
import { pages } from "../state/pages";
import { go } from "../state/route.svelte";
import { session } from "../state/session.svelte";
import { t } from "../words";
import { register, type Action } from "./actions";
import { palette } from "./palette.svelte";

/** The actions that belong to no room. */
function own(): Action[] {
  return [
    { id: "palette.open", title: () => t("palette.open"), shortcut: "mod+k", run: () => palette.show() },
    {
      id: "palette.shortcuts",
      title: () => t("palette.shortcuts"),
      shortcut: "mod+/",
      run: () => palette.list(),
    },
    { id: "chat.new", title: () => t("palette.newChat"), shortcut: "mod+shift+o", run: () => go("") },
    {
      id: "chat.focus",
      title: () => t("palette.focus"),
      shortcut: "mod+shift+e",
      run: () => document.getElementById("composer")?.focus(),
      when: () => document.getElementById("composer") !== null,
    },
    {
      id: "settings.open",
      title: () => t("palette.settings"),
      shortcut: "mod+,",
      run: () => go("settings/look"),
    },
    {
      id: "bases.open",
      title: () => t("knowledge.bases"),
      shortcut: "alt+shift+b",
      run: () => go("bases"),
      when: () => bases.offered,
    },
    { id: "look.theme", title: () => t("palette.theme"), run: turnTheme },
    {
      id: "look.serif",
      title: () => t("palette.serif"),
      run: () => choose("face", prefs.face === "serif" ? "sans" : "serif"),
    },
    {
      id: "look.language",
      title: () => t("palette.language"),
      run: () => choose("language", document.documentElement.lang.startsWith("zh") ? "en" : "zh"),
    },
    {
      id: "account.signOut",
      title: () => t("palette.signOut"),
      run: () => void session.signOut().then(() => go("sign-in")),
      when: () => Boolean(session.account?.session),
    },
  ];
}

/** Light, dark, as the system likes it, and round again. */
function turnTheme(): void {
  const order = ["light", "dark", "system"] as const;
  choose("theme", order[(order.indexOf(prefs.theme) + 1) % order.length] ?? "system");
}

/** Offer them, and every page of the settings that this caller may see; returns what takes them back. */
export function registerOwn(): () => void {
  const settings = pages().map((page) => ({
    id: `settings.${page.name}`,
    title: () => `${t("app.settings")}: ${t(`settings.page_${page.name}`)}`,
    run: () => go(`settings/${page.name}`),
  }));
  const taken = [...own(), ...settings].map(register);
  return () => taken.forEach((back) => back());
}
