import { expect, it, vi } from "vitest";
import { carried, carries, carry, keptOut } from "../../src/rail/carried";

/** The event of something that is dragged, with what was said of it so far. */
function held(kind = "", told = ""): DragEvent {
  const data = new Map(kind ? [[kind, told]] : []);
  const dataTransfer = {
    get types() {
      return [...data.keys()];
    },
    setData: (each: string, text: string) => void data.set(each, text),
    getData: (each: string) => data.get(each) ?? "",
  };
  return { dataTransfer } as unknown as DragEvent;
}

it("says which chat is let go and where it was", () => {
  for (const folder of ["attic", null]) {
    const event = held();
    expect(carries(event)).toBe(false);
    carry(event, { id: "spade", folder });
    expect(carries(event)).toBe(true);
    expect(carried(event)).toEqual({ id: "spade", folder });
  }
});

it("tells nobody else what the chat is called", () => {
  const event = held();
  const chat = { id: "spade", tenant: "t", user: "u", created: 1, updated: 1, title: "A secret" };
  carry(event, chat);
  expect(event.dataTransfer?.getData("text/x-parlance-chat")).toBe('{"id":"spade","folder":null}');
});

it("takes nothing for a chat that is none", () => {
  for (const told of [
    "",
    "{",
    "null",
    "7",
    '"spade"',
    "{}",
    '{"id":7}',
    "01a20482-2b4e-7443-b4b7-af1ed35e65bc",
  ]) {
    expect(carried(held("text/x-parlance-chat", told))).toBeNull();
  }
  expect(carried(held("text/uri-list", "https://h.test/"))).toBeNull();
  expect(carried({ dataTransfer: null } as DragEvent)).toBeNull();
});

it("lets no field take a chat for words, and leaves all else that is dragged alone", () => {
  const over = (target: Element, event: DragEvent) => {
    const prevented = vi.fn();
    Object.assign(event, { target, preventDefault: prevented });
    keptOut(event);
    return [prevented.mock.calls.length, event.dataTransfer?.dropEffect];
  };
  const [field, list] = [document.createElement("textarea"), document.createElement("div")];
  const chat = () => held("text/x-parlance-chat", '{"id":"spade","folder":null}');
  expect(over(field, chat())).toEqual([1, "none"]);
  expect(over(list, chat())).toEqual([0, undefined]);
  expect(over(field, held("text/uri-list", "https://h.test/"))).toEqual([0, undefined]);
});
