import { expect, it } from "vitest";
import { desk } from "../../src/chat/desk.svelte";
import { afresh } from "../../src/state/afresh";
import { tellOwner } from "../../src/state/owner";

class Shelf {
  jars = $state<string[]>([]);
  label = $state.raw<string | null>(null);
  get full(): boolean {
    return this.jars.length > 1;
  }
}

/** The fields of one that others can set. */
function fields(one: object): string[] {
  const all = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(one)));
  return all.filter(([, { get, set }]) => get && set).map(([name]) => name);
}

it("puts back every field, whatever it is called", () => {
  const shelf = new Shelf();
  shelf.jars.push("plum", "quince");
  shelf.label = "Ada's";
  afresh(shelf, new Shelf());
  expect([shelf.jars, shelf.label, shelf.full]).toEqual([[], null, false]);
});

it("leaves nothing in any field of the desk to whoever comes next", () => {
  const first = new (Object.getPrototypeOf(desk).constructor as new () => typeof desk)();
  const names = fields(desk);
  expect(names).toEqual(expect.arrayContaining(["text", "bases", "edit", "line", "folder", "problem"]));
  for (const name of names) Reflect.set(desk, name, "of Ada");
  tellOwner("ada");
  tellOwner(null);
  for (const name of names) expect([name, Reflect.get(desk, name)]).toEqual([name, Reflect.get(first, name)]);
});
