import { afterEach, describe, expect, it } from "vitest";
import type { Notice, Turn } from "../../src/api/types";
import { difference } from "../../src/chat/diff";
import { askedAt, metaLine, sawLine, trimmedLine, whyCut } from "../../src/chat/figures";
import { Sentences } from "../../src/chat/sentences";
import { waitingWords } from "../../src/chat/waiting";
import { speak } from "../../src/words";

const said = (notice: Notice | null, waited = 12_000, tokens: number | null = null) =>
  waitingWords({ model: "qwen3:8b", notice, waited, tokens });

describe("the waiting line", () => {
  afterEach(() => speak("en"));

  it("tells the place and the time left, and since when where that is not known", () => {
    expect(said({ t: "queued", position: 3, length: 5, wait_ms: 20_000 })).toBe("3rd in line, about 20 s");
    expect(said({ t: "queued", position: 22, length: 30, wait_ms: 240_000 })).toBe(
      "22nd in line, about 4 min",
    );
    expect(said({ t: "queued", position: 1, length: 1, wait_ms: 0 })).toBe("Next in line, for 12 s now");
  });

  it("never tells a share that nobody told", () => {
    expect(said({ t: "loading", fraction: 0.629 })).toBe("Loading qwen3:8b, 62 %");
    expect(said({ t: "loading", fraction: null })).toBe("Loading qwen3:8b, for 12 s now");
    expect(said({ t: "reading", fraction: 0.71 }, 0, 8421)).toBe("Reading 8.4k tokens, 71 %");
    expect(said({ t: "reading", fraction: null })).toBe("Reading the prompt, for 12 s now");
    expect(said(null)).toBe("Waiting for qwen3:8b, for 12 s now");
  });

  it("speaks Chinese", async () => {
    await speak("zh");
    expect(said({ t: "queued", position: 3, length: 5, wait_ms: 20_000 })).toBe("排在第 3 位，约 20 秒");
    expect(said({ t: "loading", fraction: 0.62 })).toBe("正在加载 qwen3:8b，62%");
  });
});

describe("what was left out", () => {
  afterEach(() => speak("en"));
  const trimmed = {
    t: "trimmed",
    what: "the 2 oldest turns",
    why: "Too long.",
    reason: "context",
    count: 2,
  } as const;
  const { what, why } = trimmed;

  it("is told in the reader's language by what the server counted, whatever its sentences are", async () => {
    expect(trimmedLine(trimmed)).toBe(
      "Left out: the 2 oldest turns. The conversation is longer than the model's context.",
    );
    await speak("zh");
    expect(trimmedLine(trimmed)).toBe("已省略最早的 2 条消息。对话超出了模型的上下文。");
    expect(whyCut({ reason: "context", why })).toBe("对话超出了模型的上下文。");
  });

  it("is told in the server's words where it says no more", async () => {
    await speak("zh");
    expect(trimmedLine({ t: "trimmed", what, why })).toBe("已省略：the 2 oldest turns。Too long.");
    expect(whyCut({ why })).toBe("Too long.");
  });
});

describe("the line under an answer", () => {
  const run = "01a1fe5e-55ba-797f-93aa-aba7f7f9e2ba";
  const turn: Turn = {
    ...{ id: "t", chat: "c", role: "assistant", state: "complete", created: 0, model: "qwen3:8b", run },
    ended: 0x01a1fe5e55ba * 1000 + 10_600_000,
    usage: { t: "usage", prompt: 6102, completion: 380 },
  };

  it("counts from the server's own clock", () => {
    expect(askedAt(turn)).toBe(0x01a1fe5e55ba * 1000);
    const line = metaLine(turn, askedAt(turn) + 600_000);
    expect(line).toEqual(["qwen3:8b", "380 tokens", "0.6 s to first", "38/s"]);
    expect(sawLine(turn, 32_000)).toBe("saw 6.1k of 32k");
    expect(sawLine(turn, null)).toBe("saw 6.1k tokens");
    expect(metaLine(turn, askedAt(turn))[2]).toBe("0.01 s to first");
    expect(sawLine({ ...turn, usage: null }, 32_000)).toBe("what it saw");
  });

  it("leaves out what nobody measured, and believes an engine that did", () => {
    expect(metaLine(turn, 0)).toEqual(["qwen3:8b", "380 tokens"]);
    const usage = { ...turn.usage!, prompt_ns: 4e8, load_ns: 2e8, completion_ns: 1e10 };
    expect(metaLine({ ...turn, usage }, 0)).toEqual(["qwen3:8b", "380 tokens", "0.6 s to first", "38/s"]);
  });
});

describe("what a screen reader hears", () => {
  it("is finished sentences, each once, and never half of one", () => {
    const cut = new Sentences();
    expect(cut.finished("Light is", false, "Code.")).toEqual([]);
    expect(cut.finished("Light is **bright**. It", false, "Code.")).toEqual(["Light is bright."]);
    expect(cut.finished("Light is **bright**. It goes", true, "Code.")).toEqual(["It goes"]);
    expect(new Sentences().finished("天空是蓝的。为什么", false, "代码。")).toEqual(["天空是蓝的。"]);
  });

  it("names code and does not read it", () => {
    const text = "Look:\n\n```py\nx = 1. \n```\n\nDone.";
    expect(new Sentences().finished(text, true, "Code block.")).toEqual(["Look:", "Code block.", "Done."]);
  });
});

describe("the difference of two texts", () => {
  it("keeps what both have and tells the rest apart", () => {
    expect(difference("the blue sky is wide", "the red sky is wide")).toEqual([
      { in: "both", text: "the " },
      { in: "one", text: "blue " },
      { in: "other", text: "red " },
      { in: "both", text: "sky is wide" },
    ]);
    expect(difference("天很蓝", "天很红").filter((piece) => piece.in === "both")).toEqual([
      { in: "both", text: "天很" },
    ]);
    expect(difference("", "new")).toEqual([{ in: "other", text: "new" }]);
  });

  it("gives both texts back, also where too much is different", () => {
    const one = Array.from({ length: 3000 }, (_, n) => `a${n}`).join(" ");
    const other = Array.from({ length: 3000 }, (_, n) => `b${n}`).join(" ");
    for (const [left, right] of [
      [one, other],
      ["a b c d", "b x d e"],
    ] as const) {
      const pieces = difference(left, right);
      expect(
        pieces
          .filter((piece) => piece.in !== "other")
          .map((piece) => piece.text)
          .join(""),
      ).toBe(left);
      expect(
        pieces
          .filter((piece) => piece.in !== "one")
          .map((piece) => piece.text)
          .join(""),
      ).toBe(right);
    }
  });
});
