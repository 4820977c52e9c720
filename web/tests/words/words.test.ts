import { afterEach, describe, expect, it } from "vitest";
import {
  ago,
  bytes,
  explained,
  filled,
  inShort,
  language,
  money,
  preferred,
  speak,
  t,
} from "../../src/words";
import english from "../../src/words/en";
import chinese from "../../src/words/zh";

type Room = Record<string, string>;
const rooms = Object.keys(english) as (keyof typeof english)[];
/** The values that are shown, and with them those that only choose a word. */
const SHOWN = /(?<!\{)\{(\w+)\}(?!\})/g;
const ANY = /(?<!\{)\{(\w+)(?::[^{}]*)?\}(?!\})/g;

function names(sentence: string, kind: RegExp): string[] {
  return [...new Set([...sentence.matchAll(kind)].map((found) => found[1] ?? ""))].sort();
}

afterEach(() => speak("en"));

describe.each(rooms)("the words of %s", (room) => {
  const [one, other] = [english[room] as Room, chinese[room] as Room];

  it("are the same in both languages", () => {
    expect(Object.keys(other).sort()).toEqual(Object.keys(one).sort());
  });

  it("have the same values in both languages", () => {
    for (const key of Object.keys(one)) {
      const [mine, theirs] = [one[key] ?? "", other[key] ?? ""];
      // Not every language has plurals: a value may choose a word in one, and be shown or left out in the other.
      const [all, others] = [names(mine, ANY), names(theirs, ANY)];
      expect([key, others.filter((name) => !all.includes(name))]).toEqual([key, []]);
      expect([key, names(mine, SHOWN).filter((name) => !others.includes(name))]).toEqual([key, []]);
    }
  });

  it("are all written", () => {
    for (const words of [one, other])
      for (const [key, text] of Object.entries(words)) expect([key, text.trim()]).not.toEqual([key, ""]);
  });
});

describe("filled", () => {
  it("puts values in, figures as people write them", () => {
    expect(filled("{name} has {count}", { name: "Ada", count: 12345 }, "en")).toBe("Ada has 12,345");
  });

  it("takes the word that goes with a number", () => {
    const sentence = "{count} {count:day|days}";
    expect([0, 1, 2].map((count) => filled(sentence, { count }, "en"))).toEqual([
      "0 days",
      "1 day",
      "2 days",
    ]);
  });

  it("leaves what it has no value for, and believes no value to be a sentence", () => {
    expect(filled("{a} {b}", { a: "{b}" }, "en")).toBe("{b} {b}");
  });
});

describe("speak", () => {
  it("says everything in the other language from then on", async () => {
    await speak("zh");
    expect([language(), t("ui.close"), document.documentElement.lang]).toEqual(["zh", "关闭", "zh-CN"]);
    await speak("en");
    expect([t("ui.close"), document.documentElement.lang]).toEqual(["Close", "en"]);
  });

  it.each([
    [["zh-TW", "en"], "zh"],
    [["de", "en-GB"], "en"],
    [["fr"], "en"],
    [[], "en"],
  ])("takes %s for %s", (tags, wanted) => {
    expect(preferred(tags as string[])).toBe(wanted);
  });
});

describe("explained", () => {
  const problem = { status: 403, code: "strange", message: "No.", hint: "Ask.", retryAfter: 0 };

  it("knows the common codes in each language", async () => {
    const wrong = { ...problem, code: "wrong_password" };
    expect(explained(wrong).what).toBe("The account or the password is wrong.");
    await speak("zh");
    expect(explained(wrong).what).toBe("账号或密码不正确。");
  });

  it("tells others in the server's words, and in Chinese by the code with those behind", async () => {
    expect(explained(problem)).toEqual({ what: "No.", hint: "Ask.", detail: "", vague: false });
    await speak("zh");
    const full = { ...problem, status: 503, code: "queue_full" };
    expect(explained(full)).toEqual({ what: "队列已满。", hint: "", detail: "No. Ask.", vague: false });
    expect(inShort({ ...full, retryAfter: 3 })).toBe("队列已满。 请在 3 秒后重试。");
  });

  it("says in Chinese of which kind they are where it has no sentence for the code", async () => {
    await speak("zh");
    expect(explained({ ...problem, kind: "busy" }).what).toBe("服务器正忙，请稍后再试。");
    expect(explained(problem).what).toBe("你没有权限这样做。");
    expect(inShort(problem)).toBe("你没有权限这样做。 No. Ask.");
    expect(explained({ ...problem, kind: "new", status: 418 }).what).toBe("操作没有成功。");
  });

  it("says when to try again", () => {
    expect(explained({ ...problem, retryAfter: 2.2 }).hint).toBe("Try again in 3 seconds.");
    expect(explained({ ...problem, status: 0 }).what).toBe("The server cannot be reached.");
  });
});

describe("figures", () => {
  it("tell times from microseconds, sizes and money", () => {
    expect(ago((Date.now() - 7_200_000) * 1000)).toBe("2 hours ago");
    expect(ago(null)).toBe("");
    expect([bytes(90_852_864), bytes(10), bytes(0)]).toEqual(["90.9 MB", "10 bytes", "0 bytes"]);
    expect(money(1_500_000, "EUR")).toBe("€1.50");
    expect(money(2_000_000, "points")).toBe("2 points");
  });
});
