import { download, dropObject, list, type StoredObject } from "@/storage/storage";

/** A file in a folder, or a folder in it. */
export interface Entry {
  key: string;
  name: string;
  file?: StoredObject;
}

export interface Order {
  by: "name" | "size" | "modified";
  down: boolean;
}

/** The last part of a key, which a person takes for its name. */
export const last = (key: string) => key.replace(/\/$/, "").split("/").pop() ?? key;

/** Folders first, then files, each in the order asked for. A key that is the folder itself is no file in it. */
export function sorted(
  folders: string[],
  objects: StoredObject[],
  full: string,
  { by, down }: Order,
): Entry[] {
  const files = objects.filter((one) => one.key !== full || !full.endsWith("/"));
  const compare = {
    name: (a: StoredObject, b: StoredObject) => (a.key < b.key ? -1 : 1),
    size: (a: StoredObject, b: StoredObject) => a.size - b.size,
    modified: (a: StoredObject, b: StoredObject) => (a.modified < b.modified ? -1 : 1),
  }[by];
  files.sort((a, b) => (down ? compare(b, a) : compare(a, b)));
  return [
    ...folders.map((key) => ({ key, name: `${last(key)}/` })),
    ...files.map((file) => ({ key: file.key, name: last(file.key), file })),
  ];
}

/** Have the browser store an object as a file. */
export function take(bucket: string, key: string): void {
  const link = Object.assign(document.createElement("a"), {
    href: download(bucket, key),
    download: last(key),
  });
  link.click();
}

/** Delete a file, or all below a folder. */
export async function dropAll(bucket: string, key: string): Promise<void> {
  if (!key.endsWith("/")) return void (await dropObject(bucket, key));
  for (;;) {
    const page = await list(bucket, { prefix: key, flat: true });
    await Promise.all(page.objects.map((one) => dropObject(bucket, one.key)));
    if (!page.next) return;
  }
}
