import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { all, offered, register, type Action } from "../../src/palette/actions";
import { bind, bound, listen, unbindAll, wanted } from "../../src/palette/shortcuts.svelte";
import { prefs } from "../../src/state/prefs.svelte";

const ran = vi.fn();
const one: Action = { id: "one", title: "One", shortcut: "mod+j", run: () => ran("one") };
const two: Action = { id: "two", title: () => "Two", shortcut: "f2", run: () => ran("two") };
const off: Action = { id: "off", title: "Off", shortcut: "mod+u", run: () => ran("off"), when: () => false };
let back: (() => void)[] = [];

beforeEach(() => {
  back = [one, two, off].map(register);
  back.push(listen());
});
afterEach(() => {
  back.forEach((undo) => undo());
  unbindAll();
  ran.mockClear();
  document.body.innerHTML = "";
});

function press(
  key: string,
  more: KeyboardEventInit = {},
  target: EventTarget = document.body,
): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}
function field(markup: string): Element {
  document.body.innerHTML = markup;
  return document.body.firstElementChild as Element;
}

describe("a shortcut", () => {
  it("runs its action, and the browser does not have the key", () => {
    expect(press("j", { ctrlKey: true }).defaultPrevented).toBe(true);
    expect(ran).toHaveBeenCalledExactlyOnceWith("one");
  });

  it("does nothing for an action that makes no sense now", () => {
    expect(offered()).toEqual([one, two]);
    expect(press("u", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(ran).not.toHaveBeenCalled();
  });

  it("works while one types only if it types nothing itself", () => {
    const area = field("<textarea></textarea>");
    bind(two, "x", all());
    press("x", {}, area);
    expect(ran).not.toHaveBeenCalled();
    press("j", { ctrlKey: true }, area);
    expect(ran).toHaveBeenCalledExactlyOnceWith("one");
  });

  it("never runs while text is composed or AltGr types a sign", () => {
    press("j", { ctrlKey: true, isComposing: true });
    press("j", { ctrlKey: true, keyCode: 229 });
    press("j", { ctrlKey: true, modifierAltGraph: true });
    expect(ran).not.toHaveBeenCalled();
  });

  it("leaves an open dialog alone", () => {
    field("<dialog open></dialog>");
    press("j", { ctrlKey: true });
    expect(ran).not.toHaveBeenCalled();
  });

  it("is not run again by who handled the key already", () => {
    const event = new KeyboardEvent("keydown", { key: "j", ctrlKey: true, cancelable: true });
    event.preventDefault();
    expect(wanted(event, [one], false)).toBeUndefined();
  });
});

describe("binding", () => {
  it("gives an action other keys and keeps them", () => {
    bind(one, "mod+m", all());
    expect([bound(one), prefs.shortcuts]).toEqual(["mod+m", { one: "mod+m" }]);
  });

  it("takes the keys from who had them", () => {
    bind(one, "f2", all());
    expect([bound(one), bound(two)]).toEqual(["f2", ""]);
  });

  it("forgets a choice that is the first one again", () => {
    bind(one, "", all());
    expect(bound(one)).toBe("");
    bind(one, "mod+j", all());
    expect(prefs.shortcuts).toEqual({});
  });
});

it("offers one action of an id, the newest", () => {
  const other = { ...one, title: "Other" };
  const undo = register(other);
  back[0]?.();
  expect(all().find((action) => action.id === "one")).toBe(other);
  undo();
  expect(all().find((action) => action.id === "one")).toBeUndefined();
});
