import { describe, expect, it } from "vitest";
import { allowed, pressed, shown, type Pressed } from "../../src/palette/keys";

function key(name: string, held = "", code = ""): Pressed {
  const has = (one: string) => held.includes(one);
  return { key: name, code, metaKey: has("m"), ctrlKey: has("c"), altKey: has("a"), shiftKey: has("s") };
}

describe("pressed", () => {
  it.each([
    [key("k", "c"), false, "mod+k"],
    [key("k", "m"), true, "mod+k"],
    [key("k", "c"), true, "ctrl+k"],
    [key("O", "cs"), false, "mod+shift+o"],
    [key("/", "c"), false, "mod+/"],
    [key("?", "cs", "Slash"), false, "mod+?"],
    [key("/", "cs", "Digit7"), false, "mod+shift+7"],
    [key("ArrowUp", "a"), false, "alt+up"],
    [key("F2"), false, "f2"],
    [key("Control", "c"), false, ""],
    [key("Dead", "a", "KeyE"), true, ""],
    [key("ø", "a", "KeyO"), true, "alt+o"],
    [key("л", "c", "KeyK"), false, "mod+k"],
  ])("reads %o on a Mac (%s) as %s", (event, mac, wanted) => {
    expect(pressed(event, mac)).toBe(wanted);
  });
});

describe("allowed", () => {
  it.each(["mod+k", "mod+shift+o", "alt+up", "f2", "mod+/"])("gives %s to an action", (keys) => {
    expect(allowed(keys)).toBe(true);
  });
  it.each(["", "k", "shift+k", "enter", "mod+c", "mod+v", "mod+z", "mod+w", "mod+t"])(
    "does not give %s",
    (keys) => {
      expect(allowed(keys)).toBe(false);
    },
  );
});

describe("shown", () => {
  it("is what is printed on the keyboard", () => {
    expect([shown("mod+shift+o", true), shown("mod+shift+o", false)]).toEqual(["⌘⇧O", "Ctrl+Shift+O"]);
    expect([shown("alt+up", false), shown("mod++", false), shown("")]).toEqual(["Alt+↑", "Ctrl++", ""]);
  });
});
