import { leftOut, MOST_RULES, patternsOf, RULE_FILES, type Pattern } from "./ignoring";

/** A file of a folder: its name is its path in it, with `/` between. */
export interface Found {
  file: File;
  name: string;
  size: number;
}

/** What a folder's files are, as a browser gave them, before anything is left out. */
export interface Given {
  /** What the folder is called. */
  name: string;
  files: Found[];
  /** Folders that could not be looked into, by their paths. */
  unseen: string[];
  /** Folders that are there with nothing in them but what is hidden. Whoever chooses a folder gets the files alone, and
      this is empty. */
  bare: ReadonlySet<string>;
}

/** The same, sorted: what may go into a base, and what is left out, with the reason. */
export interface Look extends Given {
  left: { name: string; why: "hidden" | "ignored" }[];
}

/** More than a page can hold, of what may go into a base and of all there is; `parlance index` has no such bound. */
export const MOST_FILES = 20_000;
export const MOST_LOOKED = 200_000;
const HIDDEN = /^(?:\..*|__MACOSX|desktop\.ini)$/s;
const ESCAPE = /%(?=[0-9A-Fa-f]{2})/g;
const UNSOUND = /\p{Surrogate}/gu;

/** A path as the base has it: as `parlance index` writes it. */
export function shown(path: string): string {
  return path.replace(UNSOUND, "\uFFFD").replace(ESCAPE, "%25");
}

/** A folder that was chosen. Null where there is no file in it at all: then nobody says what it is called. */
export function chosenFolder(files: Iterable<File>): Given | null {
  const found = [...files].map((file) => {
    const [top = "", ...path] = (file.webkitRelativePath || file.name).split("/");
    return { top, file, name: path.join("/") || file.name, size: file.size };
  });
  const [first] = found;
  if (!first) return null;
  const own = found.map(({ file, name, size }) => ({ file, name, size }));
  return { name: first.top, files: own, unseen: [], bare: new Set() };
}

/** The one folder that was dropped, if that is what was dropped. To be asked while the drop is under way. */
export function droppedFolder(data: DataTransfer): FileSystemDirectoryEntry | null {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const [only = null] = entries;
  return entries.length === 1 && only?.isDirectory ? (only as FileSystemDirectoryEntry) : null;
}

/** All that is in a folder that was dropped. */
export async function walked(folder: FileSystemDirectoryEntry): Promise<Given> {
  const given = { name: folder.name, files: [] as Found[], unseen: [] as string[], bare: new Set<string>() };
  const pending: [FileSystemDirectoryEntry, string][] = [[folder, ""]];
  for (let next = pending.pop(); next && given.files.length <= MOST_LOOKED; next = pending.pop()) {
    const [at, within] = next;
    const entries = await listed(at);
    if (!entries) given.unseen.push(within);
    else if (entries.every((entry) => entry.name.startsWith("."))) given.bare.add(within);
    for (const entry of entries ?? []) {
      const name = within ? `${within}/${entry.name}` : entry.name;
      if (!entry.isFile) {
        // Nothing in a hidden folder is taken; that it is there is told by its name.
        if (HIDDEN.test(entry.name)) given.files.push({ file: new File([], entry.name), name, size: 0 });
        else pending.push([entry as FileSystemDirectoryEntry, name]);
        continue;
      }
      const file = await new Promise<File | null>((resolve) =>
        (entry as FileSystemFileEntry).file(resolve, () => resolve(null)),
      );
      if (file) given.files.push({ file, name, size: file.size });
      else given.unseen.push(name);
    }
  }
  return given;
}

async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[] | null> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[] | null>((resolve) =>
      reader.readEntries(resolve, () => resolve(null)),
    );
    if (!some) return null;
    if (!some.length) return all;
    all.push(...some);
  }
}

/** Leave out what is hidden, and what the folder's own files of rules name. */
export async function looked(given: Given): Promise<Look> {
  const rules = await rulesIn(given.files);
  const folders = new Map<string, State>([["", { why: null, patterns: rules.get("") ?? [] }]]);
  const files: Found[] = [];
  const left: Look["left"] = [];
  for (const one of given.files) {
    const why = whyLeft(one.name, false, folders, rules);
    if (why) left.push({ name: shown(one.name), why });
    else files.push({ ...one, name: shown(one.name) });
  }
  files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const unseen = given.unseen.map(shown);
  return { ...given, files, left, unseen, bare: new Set([...given.bare].map(shown)) };
}

interface State {
  why: "hidden" | "ignored" | null;
  patterns: readonly Pattern[];
}

function whyLeft(
  path: string,
  isFolder: boolean,
  folders: Map<string, State>,
  rules: ReadonlyMap<string, Pattern[]>,
): State["why"] {
  const slash = path.lastIndexOf("/");
  const above = folderAt(path.slice(0, Math.max(slash, 0)), folders, rules);
  if (above.why) return above.why;
  if (HIDDEN.test(path.slice(slash + 1))) return "hidden";
  return leftOut(above.patterns, path, isFolder) ? "ignored" : null;
}

/** What holds in a folder. What is in one that is left out cannot be taken in again. */
function folderAt(path: string, folders: Map<string, State>, rules: ReadonlyMap<string, Pattern[]>): State {
  const known = folders.get(path);
  if (known) return known;
  const why = whyLeft(path, true, folders, rules);
  const slash = path.lastIndexOf("/");
  const above = folderAt(path.slice(0, Math.max(slash, 0)), folders, rules);
  const made = { why, patterns: [...above.patterns, ...(rules.get(path) ?? [])] };
  folders.set(path, made);
  return made;
}

async function rulesIn(files: readonly Found[]): Promise<Map<string, Pattern[]>> {
  const found = new Map<string, Pattern[]>();
  for (const name of RULE_FILES)
    for (const one of files) {
      const slash = one.name.lastIndexOf("/");
      if (one.name.slice(slash + 1) !== name) continue;
      const within = one.name.slice(0, Math.max(slash, 0));
      // One that cannot be read leaves nothing out.
      const text = await one.file
        .slice(0, MOST_RULES)
        .text()
        .catch(() => "");
      const own = patternsOf(text, within && `${within}/`);
      found.set(within, [...(found.get(within) ?? []), ...own]);
    }
  return found;
}
