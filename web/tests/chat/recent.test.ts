import { expect, it } from "vitest";
import type { Chat } from "../../src/api/types";
import { suggested } from "../../src/chat/recent";

const called = (title: string | undefined, id: string) => ({ id, title }) as Chat;

it("shows each title once, the latest of them", () => {
  const chats = [
    called("Tea", "1"),
    called("Tea ", "2"),
    called("", "3"),
    called(undefined, "4"),
    called("Rice", "5"),
    called("Tea", "6"),
    called("Salt", "7"),
  ];
  expect(suggested(chats, 3).map(({ id }) => id)).toEqual(["1", "3", "5"]);
});
