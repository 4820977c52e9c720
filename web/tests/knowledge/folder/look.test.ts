import { afterEach, describe, expect, it, vi } from "vitest";
import { digestOf, digestOfFile, Sha256 } from "../../../src/knowledge/folder/digest";
import { leftOut, parsed, patternsOf } from "../../../src/knowledge/folder/ignoring";
import { chosenFolder, droppedFolder, looked, shown, walked } from "../../../src/knowledge/folder/look";

/** By the browser's own. */
async function sha(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function picked(files: Record<string, string>): File[] {
  return Object.entries(files).map(([path, text]) => {
    const file = new File([text], path.split("/").at(-1) ?? "");
    Object.defineProperty(file, "webkitRelativePath", { value: `top/${path}` });
    return file;
  });
}

async function found(files: Record<string, string>): Promise<string[]> {
  const look = await looked(chosenFolder(picked(files))!);
  return look.files.map((file) => file.name);
}

describe("a folder that was chosen", () => {
  it("is called by its own name, and its files by their paths in it", async () => {
    const given = chosenFolder(picked({ "b/a.txt": "1", "a.txt": "2" }))!;
    expect(given.name).toBe("top");
    expect((await looked(given)).files.map((file) => file.name)).toEqual(["a.txt", "b/a.txt"]);
    expect(chosenFolder([])).toBe(null);
  });

  it("leaves out what is hidden and what its rules name, and says so", async () => {
    const given = picked({
      ".gitignore": "*.pdf\nnode_modules/\n",
      ".parlanceignore": "!good.pdf\nnotes/\n",
      ".git/config": "x",
      "bad.pdf": "1",
      "good.pdf": "2",
      "notes/a.txt": "3",
      "sub/.gitignore": "/only.txt\r\n",
      "sub/only.txt": "4",
      "sub/deep/only.txt": "5",
      "node_modules/x/good.pdf": "6",
    });
    const look = await looked(chosenFolder(given)!);
    expect(look.files.map((file) => file.name)).toEqual(["good.pdf", "sub/deep/only.txt"]);
    const why = Object.fromEntries(look.left.map((one) => [one.name, one.why]));
    expect(why[".git/config"]).toBe("hidden");
    expect([why["bad.pdf"], why["notes/a.txt"], why["node_modules/x/good.pdf"], why["sub/only.txt"]]).toEqual(
      Array(4).fill("ignored"),
    );
  });

  it("writes names as the command line does", async () => {
    expect(await found({ "100%25.txt": "a", "50%.txt": "b", "\uD800.txt": "c" })).toEqual([
      "100%2525.txt",
      "50%.txt",
      "\uFFFD.txt",
    ]);
    expect(shown("a%zz")).toBe("a%zz");
  });
});

describe("a folder that was dropped", () => {
  const entry = (name: string, inside: unknown[] | null | File) => ({
    name,
    isFile: inside instanceof File,
    isDirectory: !(inside instanceof File),
    file: (resolve: (file: File) => void, reject: () => void) =>
      name === "lost.txt" ? reject() : resolve(inside as File),
    createReader() {
      let left = inside as unknown[] | null;
      return {
        readEntries(resolve: (all: unknown[]) => void, reject: () => void) {
          if (!left) return reject();
          resolve(left.slice(0, 2));
          left = left.slice(2);
        },
      };
    },
  });
  const file = (name: string) => entry(name, new File(["x"], name));

  it("is walked through, and tells what it could not see", async () => {
    const folder = entry("top", [
      ...[
        file("a.txt"),
        file("b.txt"),
        file("lost.txt"),
        entry("shut", null),
        entry(".git", [file("config")]),
      ],
      ...[entry("bare", [file(".keep")]), entry("deep", [entry("er", [file("c.txt")])])],
    ]);
    const look = await looked(await walked(folder as unknown as FileSystemDirectoryEntry));
    expect(look.files.map((one) => one.name)).toEqual(["a.txt", "b.txt", "deep/er/c.txt"]);
    expect(look.left.map((one) => one.name)).toEqual([".git", "bare/.keep"]);
    expect([look.unseen, [...look.bare]]).toEqual([["lost.txt", "shut"], ["bare"]]);
  });

  it("is one by itself", () => {
    const drop = (...entries: unknown[]) =>
      ({ items: entries.map((one) => ({ webkitGetAsEntry: () => one })) }) as unknown as DataTransfer;
    const folder = entry("top", []);
    expect(droppedFolder(drop(folder))).toBe(folder);
    expect(droppedFolder(drop(folder, file("a.txt")))).toBe(null);
    expect(droppedFolder(drop(file("a.txt")))).toBe(null);
  });
});

describe("rules", () => {
  it.each([
    ["*.txt", "a.txt", true],
    ["*.txt", "d/a.txt", true],
    ["/a", "d/a", false],
    ["d/*", "d/e/a", false],
    ["d/**", "d/e/a", true],
    ["**/e", "d/e", true],
    ["d/**/a", "d/a", true],
    ["d/**/a", "d/x/y/a", true],
    ["a?", "ab", true],
    ["a?", "a/", false],
    ["[ab]", "b", true],
    ["[!a]*", "ab", false],
    ["[[:alpha:]]", "b", true],
    ["[[:nonsense:]]", "b", false],
    ["[]a]", "]", true],
    ["[a-c]x", "bx", true],
    ["[a-", "[a-", false],
    ["a[[]b", "a[b", true],
    ["a-b", "a-b", true],
    ["\\!a", "!a", true],
    ["#a", "#a", false],
    ["x\\ y", "x y", true],
    ["x y  ", "x y", true],
    ["a\\", "a\\", false],
    ["[z-a]", "b", false],
    ["[!z-a]", "b", true],
    ["(a|b)+", "(a|b)+", true],
    ["茶?", "茶😀", true],
  ])("%s and %s: %s", (line, path, expected) => {
    const pattern = parsed(line);
    expect(pattern !== null && leftOut([pattern], path, false)).toBe(expected);
  });

  it("count by the last that fits, and by folders alone where they say so", () => {
    const rules = patternsOf("\uFEFF*\r\n!*/\n!a\nbuild/\n\n", "");
    expect(leftOut(rules, "a", false)).toBe(false);
    expect(leftOut(rules, "b", false)).toBe(true);
    expect([leftOut(rules, "build", true), leftOut(rules, "deep", true)]).toEqual([true, false]);
    expect(leftOut(patternsOf("/x\n", "d/"), "x", false)).toBe(false);
    expect(leftOut(patternsOf("/x\n", "d/"), "d/x", false)).toBe(true);
  });
});

describe("a digest", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is SHA-256, whatever the length and the pieces", async () => {
    for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 128, 1000]) {
      const data = Uint8Array.from({ length }, (_, at) => (at * 7 + length) % 256);
      expect(new Sha256().feed(data.subarray(0, 13)).feed(data.subarray(13)).digest()).toBe(await sha(data));
    }
    expect(digestOf("茶 😀")).toBe(await sha(new TextEncoder().encode("茶 😀")));
  });

  it("is the same where the browser has none, and ends when it is told to", async () => {
    const text = "x".repeat(1_100_000);
    const file = new Blob([text]);
    const expected = await sha(new TextEncoder().encode(text));
    expect(await digestOfFile(file as File)).toBe(expected);
    vi.stubGlobal("crypto", {});
    expect(await digestOfFile(file)).toBe(expected);
    await expect(digestOfFile(file, AbortSignal.abort())).rejects.toThrow();
  });
});
