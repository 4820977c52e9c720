/** A file and what it is called in its base: within a folder, by its path there. */
export interface Brought {
  file: File;
  name: string;
}

/** More than a page can list; whoever has more uses the command that indexes a folder. */
export const MOST = 5_000;
const HIDDEN = /(?:^|\/)(?:\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;

/** Files that were chosen, without hidden ones; of a folder by their paths in it. What is empty goes too: the server says
    that there is nothing in it. */
export function chosen(files: Iterable<File>): Brought[] {
  return fit([...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
}

/** Files and whole folders that were dropped. The entries are taken at once: a drop is over when its event is. */
export async function dropped(data: DataTransfer): Promise<Brought[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return chosen(data.files);
  const found: Brought[] = [];
  for (const entry of entries) if (entry) await walk(entry, "", found);
  return fit(found);
}

async function walk(entry: FileSystemEntry, above: string, found: Brought[]): Promise<void> {
  const name = above + entry.name;
  if (found.length > MOST || HIDDEN.test(name)) return;
  if (entry.isFile) {
    const file = await new Promise<File | null>((resolve) =>
      // What cannot be read any more, as a file that was moved meanwhile, is left out.
      (entry as FileSystemFileEntry).file(resolve, () => resolve(null)),
    );
    if (file) found.push({ file, name });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (!some.length) return;
    for (const each of some) await walk(each, `${name}/`, found);
  }
}

function fit(files: Brought[]): Brought[] {
  return files.filter(({ name }) => !HIDDEN.test(name));
}
