// What is to be done so that a base has what a folder has; the same as `parlance index` does (cli/folder_plan.py). Of the
// documents in the base only those count as the folder's that it put there (`source` is `folder`, and the place begins
// with its name): nothing else is ever renamed or removed.
import type { DocumentView } from "../../api/types";
import { digestOf } from "./digest";
import { NEVER_READ } from "./formats";
import type { Found, Look } from "./look";

/** Why something is as it is: the name of a sentence in `words/folder.*.ts`. */
export type Why =
  | ""
  | "hidden"
  | "ignored"
  | "empty"
  | "format"
  | "large"
  | "sameBytes"
  | "isAs"
  | "reading"
  | "unreadable"
  | "unseen"
  | "bare"
  | "noFolder"
  | "version"
  | "notRead";

/** A file or document of which something is said; `other` is the name that the sentence speaks of. */
export interface Said {
  name: string;
  why: Why;
  other?: string;
  document?: DocumentView;
}

/** A document of the folder whose file is not there any more, is left out by now, or has other bytes. */
export interface Gone extends Said {
  id: string;
}

/** What is to be done. `outdated` are versions that go when the file of that name is in the base and read. */
export interface Plan {
  added: Found[];
  changed: Found[];
  renamed: { gone: Gone; file: Found }[];
  removed: Gone[];
  unchanged: Said[];
  skipped: Said[];
  /** Of this folder, and they stay: nobody can know that they are gone. */
  kept: Said[];
  failed: Said[];
  /** What this folder did not put there. */
  others: DocumentView[];
  outdated: Map<string, Gone[]>;
  /** Documents that are there and not read yet, by the names of their files. */
  waiting: Map<string, string>;
}

export const FOLDER_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** What a folder is called in a base unless it is given a name: a page is not told where it lies, so this is made of its
    own name and of who brings it. */
export function folderName(name: string, user: string): string {
  const word = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return `page-${word || "folder"}-${digestOf(`${user}\0${name}`).slice(0, 8)}`;
}

/** The path that a folder has for a document; null for one that it neither put there nor brought as well. */
export function pathIn(folder: string, { source, place = "", foreign }: DocumentView): string | null {
  if (source !== "folder") return null;
  if (place.startsWith(`${folder}/`)) return place.slice(folder.length + 1);
  const others = (foreign?.["folders"] ?? {}) as Record<string, unknown>;
  const path = Object.hasOwn(others, folder) ? others[folder] : null;
  return typeof path === "string" ? path : null;
}

/** The names of the folders that put something into a base, with how much. */
export function foldersIn(there: readonly DocumentView[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { source, place = "" } of there) {
    const [name = ""] = place.split("/", 1);
    if (source === "folder" && name) found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

/** Why a file is nothing for a base, as far as can be seen from outside. `largest`: bytes that one may have; 0: any. */
export function unfit({ name, size }: Found, largest: number): Why {
  if (!size) return "empty";
  const ending = /[^/]\.[^./]*$/.exec(name)?.[0].slice(1).toLowerCase();
  if (ending && NEVER_READ.has(ending)) return "format";
  return largest && size > largest ? "large" : "";
}

/** What is to be done. `digests` are the SHA-256 of files by their names; null for one that cannot be read. */
export function planned(
  folder: string,
  look: Look,
  there: readonly DocumentView[],
  digests: ReadonlyMap<string, string | null>,
  largest = 0,
): Plan {
  return new Planning(folder, look, there, digests, largest).plan;
}

class Planning {
  readonly plan: Plan = {
    ...{ added: [], changed: [], renamed: [], removed: [], unchanged: [], skipped: [], kept: [], failed: [] },
    ...{ others: [], outdated: new Map(), waiting: new Map() },
  };
  readonly #folder: string;
  readonly #look: Look;
  readonly #first = new Map<string, Found>();
  readonly #at = new Map<string, string>();
  readonly #names: ReadonlySet<string>;
  #new: Found[] = [];

  constructor(
    folder: string,
    look: Look,
    there: readonly DocumentView[],
    digests: ReadonlyMap<string, string | null>,
    largest: number,
  ) {
    [this.#folder, this.#look] = [folder, look];
    this.#names = new Set(look.files.map((file) => file.name));
    const uploaded = there.filter((one) => one.source !== "address");
    const byBytes = new Map(uploaded.filter((one) => one.sha256).map((one) => [one.sha256, one]));
    for (const file of look.files) this.#sort(file, digests.get(file.name) ?? null, byBytes, largest);
    for (const one of there) this.#own(one);
    this.#settle();
  }

  #sort(
    file: Found,
    digest: string | null,
    byBytes: ReadonlyMap<string | undefined, DocumentView>,
    largest: number,
  ): void {
    const { plan } = this;
    const why = unfit(file, largest);
    if (why) return void plan.skipped.push({ name: file.name, why });
    if (digest === null) return void plan.failed.push({ name: file.name, why: "unreadable" });
    this.#at.set(file.name, digest);
    const first = this.#first.get(digest);
    if (first) return void plan.unchanged.push({ name: file.name, why: "sameBytes", other: first.name });
    this.#first.set(digest, file);
    const document = byBytes.get(digest);
    // What another folder put there is sent once, so that the base knows that it is ours as well.
    const ofAnother = document?.source === "folder" && pathIn(this.#folder, document) === null;
    if (document && !ofAnother) this.#known(file.name, document);
    else this.#new.push(file);
  }

  #known(name: string, document: DocumentView): void {
    const { plan } = this;
    if (document.state === "failed") {
      const into = document.problem === "unknown_format" ? plan.skipped : plan.failed;
      return void into.push({ name, why: "notRead", document });
    }
    const ready = document.state === "ready";
    if (!ready) plan.waiting.set(name, document.id);
    const other = document.source !== "folder" && document.name !== name ? document.name : "";
    if (other) plan.unchanged.push({ name, why: "isAs", other });
    else plan.unchanged.push({ name, why: ready ? "" : "reading" });
  }

  /** What becomes of a document that is there. */
  #own(document: DocumentView): void {
    const { plan } = this;
    const path = pathIn(this.#folder, document);
    if (path === null) return void plan.others.push(document);
    const digest = document.sha256 ?? "";
    const file = this.#first.get(digest);
    const gone: Gone = { name: path, id: document.id, why: "" };
    const now = this.#at.get(path);
    if (file) {
      if (now !== digest) plan.renamed.push({ gone, file });
    } else if (now !== undefined) {
      const name = this.#first.get(now)?.name ?? path;
      plan.outdated.set(name, [...(plan.outdated.get(name) ?? []), { ...gone, why: "version" }]);
    } else if (!this.#names.has(path)) this.#missed(gone);
  }

  /** A document whose file was not found is to be removed, unless nobody can know that it is gone. */
  #missed(gone: Gone): void {
    const { plan } = this;
    const above = foldersAbove(gone.name);
    const { unseen, bare, files } = this.#look;
    if ([...above, gone.name].some((each) => unseen.includes(each)))
      plan.kept.push({ name: gone.name, why: "unseen" });
    else if (!files.length || above.some((each) => bare.has(each)))
      plan.kept.push({ name: gone.name, why: "bare" });
    else {
      const [nearest = ""] = above;
      const alone = nearest !== "" && !files.some((file) => file.name.startsWith(`${nearest}/`));
      plan.removed.push(alone ? { ...gone, why: "noFolder" } : gone);
    }
  }

  #settle(): void {
    const { plan } = this;
    const versions = [...plan.outdated.values()].flat();
    const replaced = new Set(versions.map((gone) => gone.name));
    for (const file of this.#new) (replaced.has(file.name) ? plan.changed : plan.added).push(file);
    const renamed = new Set(plan.renamed.map(({ file }) => file.name));
    plan.unchanged = plan.unchanged.filter((one) => !renamed.has(one.name));
    plan.skipped.push(...this.#look.left);
    for (const name of this.#look.unseen) plan.failed.push({ name, why: "unreadable" });
  }
}

/** The folders that a path lies in, up to the first. */
function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return [...parts.map((_, at) => parts.slice(0, parts.length - at).join("/")), ""];
}

/** The older versions that go and are not told by a file that is added or changed: of files that are there already (what
 *  was left when it was broken off), and of those that have the bytes of another file by now. */
export function older({ outdated, added, changed, failed, skipped }: Plan): Gone[] {
  const stay = new Set([...failed, ...skipped].map((one) => one.name));
  const coming = new Set([...added, ...changed].map((one) => one.name));
  return [...outdated].flatMap(([name, versions]) => {
    if (stay.has(name)) return [];
    return coming.has(name) ? versions.filter((gone) => gone.name !== name) : versions;
  });
}

/** Whether anything is to be done but removing what is gone. */
export function pending(plan: Plan): boolean {
  return plan.added.length + plan.changed.length + plan.renamed.length + older(plan).length > 0;
}

/** The older versions that go with these files. */
export function versionsOf({ outdated }: Plan, names: readonly string[]): Map<string, Gone[]> {
  return new Map([...outdated].filter(([name]) => names.includes(name)));
}
