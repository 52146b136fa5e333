import { useCallback, useRef, useState } from "preact/hooks";
import { told } from "@/api/client";
import { upload } from "@/storage/storage";

/** A file on its way to a bucket. */
export interface Upload {
  key: string;
  file: File;
  gone: number; // bytes
  state: "waiting" | "going" | "done" | "failed";
  problem?: string;
}

/** A file that was chosen or dropped, and where it was below what was dropped. */
export interface Chosen {
  path: string;
  file: File;
}

const AT_ONCE = 3;

/** Uploads to a bucket, three at a time; `done` is called when all have come to an end. */
export function useUploads(bucket: string, done: () => void) {
  const queue = useRef<Upload[]>([]);
  const [uploads, setUploads] = useState<Upload[]>([]);
  const show = () => setUploads([...queue.current]);

  const next = useCallback(() => {
    const going = queue.current.filter((one) => one.state === "going").length;
    const waiting = queue.current.filter((one) => one.state === "waiting");
    for (const one of waiting.slice(0, AT_ONCE - going)) start(one);
    show();
    if (!waiting.length && !going) done();
  }, [bucket, done]);

  const start = (one: Upload) => {
    one.state = "going";
    upload(bucket, one.key, one.file, (bytes) => {
      one.gone = bytes;
      show();
    })
      .then(() => {
        one.state = "done";
        one.gone = one.file.size;
      })
      .catch((error) => {
        one.state = "failed";
        one.problem = told(error);
      })
      .finally(next);
  };

  const add = useCallback(
    (files: Chosen[], folder: string) => {
      if (queue.current.every((one) => one.state === "done")) queue.current = [];
      for (const { path, file } of files)
        queue.current.push({ key: folder + path, file, gone: 0, state: "waiting" });
      if (files.length) next();
    },
    [next],
  );
  const retry = useCallback(() => {
    for (const one of queue.current)
      if (one.state === "failed") Object.assign(one, { state: "waiting", gone: 0 });
    next();
  }, [next]);
  const clear = useCallback(() => {
    queue.current = queue.current.filter((one) => one.state === "waiting" || one.state === "going");
    show();
  }, []);
  return { uploads, add, retry, clear };
}

/** The files of a drop, those of folders with their paths. */
export async function dropped(data: DataTransfer): Promise<Chosen[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return picked(data.files);
  return (await Promise.all(entries.map((entry) => within(entry, "")))).flat();
}

/** The files of a choice by a button, those of a folder with their paths. */
export const picked = (files: FileList | null): Chosen[] =>
  [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

async function within(entry: FileSystemEntry, before: string): Promise<Chosen[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path: before + entry.name, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Chosen[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!some.length) return found;
    for (const one of some) found.push(...(await within(one, `${before}${entry.name}/`)));
  }
}
