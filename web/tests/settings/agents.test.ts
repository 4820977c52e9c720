import { describe, expect, it } from "vitest";
import { agentName } from "../../src/settings/own/agents";

const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0";

describe("the name of whoever is signed in", () => {
  it.each([
    [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME} Safari/537.36`, "Chrome on Linux"],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/150.0`, "Edge on Windows"],
    [`Mozilla/5.0 (Linux; Android 16) ${CHROME} Mobile Safari/537.36`, "Chrome on Android"],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0",
      "Firefox on macOS",
    ],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1", "Safari on iOS"],
    ["Mozilla/5.0 (Unheard) Firefox/1.0", "Firefox"],
    ["Mozilla/5.0 (compatible)", "Mozilla/5.0 (compatible)"],
    ["curl/8.9", "curl/8.9"],
    ["", "A program"],
  ])("is read out of %s", (agent, name) => {
    expect(agentName(agent)).toBe(name);
  });
});
