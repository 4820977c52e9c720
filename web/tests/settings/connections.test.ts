import { afterEach, describe, expect, it } from "vitest";
import type { ConnectionFacts } from "../../src/api/types";
import { drafted, facts, lastTrouble, outcome, trouble, wish } from "../../src/settings/server/connections";
import { speak } from "../../src/words";

const LAB: ConnectionFacts = {
  id: "c-1",
  name: "lab",
  kind: "openai",
  base_url: "http://lab.test/v1",
  prefix: "lab/",
  models: ["a", "b"],
  enabled: true,
  max_concurrent: 4,
  max_queue_size: null,
  connect_seconds: 10,
  first_token_seconds: 30,
  between_seconds: 60,
  total_seconds: null,
  retries: 2,
  owner: "database",
  origin: "",
  has_key: true,
  key_ending: "wxyz",
  standing: "used",
  circuit: "closed",
  serving: 0,
  waiting: 0,
  model_count: 2,
  model_names: [],
  last_error: null,
  created: 1,
  updated: 1,
};

afterEach(() => speak("en"));

describe("what is sent", () => {
  it("leaves a key out that nobody typed, and takes one away only when that is said", () => {
    const draft = drafted(LAB);
    expect(draft.key).toBe("");
    expect(wish(draft)).not.toHaveProperty("api_key");
    expect(wish({ ...draft, key: " sk-new " })).toHaveProperty("api_key", "sk-new");
    expect(wish({ ...draft, key: "sk-new", keyless: true })).toHaveProperty("api_key", null);
  });

  it("is what the connection is, where nothing was changed", () => {
    expect(wish(drafted(LAB))).toEqual({
      name: "lab",
      kind: "openai",
      base_url: "http://lab.test/v1",
      prefix: "lab/",
      models: ["a", "b"],
      max_concurrent: 4,
      first_token_seconds: 30,
      enabled: true,
    });
  });

  it("says none for what is empty", () => {
    const empty = wish({ ...drafted(null), name: "x", models: " a, b ", first: "" });
    expect(empty).toMatchObject({ base_url: null, max_concurrent: null, first_token_seconds: 120 });
    expect(empty).toHaveProperty("models", ["a", "b"]);
  });
});

describe("what is told", () => {
  it("says whose it is, how it fares, and of the key no more than its ending", () => {
    expect(facts(LAB)).toBe(
      "OpenAI-compatible · added here · used · 2 models · key ends in wxyz · http://lab.test/v1",
    );
    const file: ConnectionFacts = { ...LAB, owner: "file", origin: "parlance.toml:3", key_ending: "" };
    expect(facts({ ...file, kind: "plugged", circuit: "open", base_url: null })).toBe(
      "plugged · owned by the settings: parlance.toml:3 · left alone for a moment, since it keeps failing · 2 models · key is set",
    );
    expect(facts({ ...LAB, standing: "locked" })).toContain("not used: its key cannot be opened · key ends");
  });

  it("says what a test came to, in both languages", async () => {
    expect(outcome({ ok: true, milliseconds: 12, model_count: 1 })).toBe("It answers: 1 model in 12 ms.");
    const error = { at: 1, kind: "upstream", message: "Refused.", code: "upstream_auth" };
    expect(outcome({ ok: false, milliseconds: 3, error })).toBe(
      "It does not work. It refuses the key. Set a valid one.",
    );
    await speak("zh");
    expect(outcome({ ok: false, milliseconds: 3, error })).toContain("它拒绝了密钥");
  });

  it("falls back on the server's own words", () => {
    expect(trouble("strange", "It is odd.", "Look.")).toBe("It is odd. Look.");
    const last_error = { at: Date.now() * 1000, kind: "upstream", message: "It is odd.", code: "strange" };
    expect(lastTrouble({ ...LAB, last_error })).toContain("It is odd.");
    expect(lastTrouble(LAB)).toBe("");
  });
});
