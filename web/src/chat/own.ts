import { register } from "../palette/actions";
import type { BaseView, Turn } from "../api/types";
import { thread } from "../state/thread.svelte";
import { t } from "../words";
import { choose, copy, regenerate, resume, stop } from "./deeds";
import { desk } from "./desk.svelte";
import { pairsOf } from "./pairs";
import { view } from "./view.svelte";

const lastAnswer = () => thread.path.findLast((turn) => turn.role === "assistant");
const lastQuestion = () => thread.path.findLast((turn) => turn.role === "user");

/** Do something with the last answer, where there is one. */
function withAnswer(deed: (turn: Turn) => Promise<unknown>): void {
  const turn = lastAnswer();
  if (turn) void deed(turn);
}

/** One branch on or back, at the last place of what is shown that has several. */
function step(by: number): void {
  for (const pair of pairsOf(thread.path, thread.under, []).reverse())
    for (const fork of [pair.answered, pair.asked])
      if (fork.turns.length > 1) {
        const turn = fork.turns[fork.at + by];
        if (turn) void choose(turn);
        return;
      }
}

/** Offer what can be done in the open chat; returns what takes it back. `temporary` turns that on or off. */
export function registerOwn(temporary: () => void): () => void {
  const resting = () => thread.answering.length === 0;
  const offered = [
    register({
      id: "chat.stop",
      title: () => t("chat.stop"),
      shortcut: "mod+.",
      run: () => void stop(),
      when: () => !resting(),
    }),
    register({
      id: "chat.regenerate",
      title: () => t("chat.regenerate"),
      shortcut: "alt+shift+r",
      run: () => withAnswer(regenerate),
      when: () => resting() && lastAnswer() !== undefined,
    }),
    register({
      id: "chat.continue",
      title: () => t("chat.continue"),
      run: () => withAnswer(resume),
      when: () =>
        resting() && ["cut", "stopped", "failed", "interrupted"].includes(lastAnswer()?.state ?? ""),
    }),
    register({
      id: "chat.edit",
      title: () => t("chat.editQuestion"),
      shortcut: "alt+shift+e",
      run: () => (view.editing = lastQuestion()?.id ?? ""),
      when: () => lastQuestion() !== undefined,
    }),
    register({
      id: "chat.copy",
      title: () => t("chat.copyAnswer"),
      shortcut: "alt+shift+c",
      run: () => withAnswer(copy),
      when: () => lastAnswer() !== undefined,
    }),
    register({
      id: "chat.branchBefore",
      title: () => t("chat.branchBefore"),
      shortcut: "alt+shift+left",
      run: () => step(-1),
    }),
    register({
      id: "chat.branchAfter",
      title: () => t("chat.branchAfter"),
      shortcut: "alt+shift+right",
      run: () => step(1),
    }),
    register({
      id: "chat.map",
      title: () => t("chat.map"),
      shortcut: "alt+shift+m",
      run: () => view.show("map"),
      when: () => thread.turns.size > 0,
    }),
    register({ id: "chat.wishes", title: () => t("chat.wishes"), run: () => view.show("wishes") }),
    register({ id: "chat.library", title: () => t("chat.library"), run: () => view.show("library") }),
    register({
      id: "chat.temporary",
      title: () => t("chat.temporary"),
      shortcut: "alt+shift+t",
      run: temporary,
    }),
  ];
  return () => offered.forEach((back) => back());
}

/** Offer to ask each of these bases, or not to ask it any more; returns what takes it back. */
export function registerBases(list: readonly BaseView[]): () => void {
  const asked = (id: string) => desk.asked.some((one) => one.id === id);
  const offered = list.map(({ id, name }) =>
    register({
      id: `chat.base.${id}`,
      title: () => t(asked(id) ? "chat.askNoMore" : "chat.askBase", { name }),
      run: () => desk.turnBase(id, !asked(id)),
    }),
  );
  return () => offered.forEach((back) => back());
}
