import { md5 } from "@noble/hashes/legacy.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { Problem } from "@/api/client";
import { deletion } from "@/storage/deletion";
import { address, dropBucket, list } from "@/storage/storage";

/** How many objects a bucket has, and how large they are together. */
export interface Extent {
  objects: number;
  bytes: number;
}

/** The extent of a bucket if its storage keeps count, which the built-in one does. */
export async function extent(bucket: string, signal?: AbortSignal): Promise<Extent | undefined> {
  const response = await fetch(address("HEAD", bucket), { method: "HEAD", signal: signal ?? null });
  if (!response.ok) throw new Problem("The bucket could not be read.", response.status);
  const [objects, bytes] = ["x-rgw-object-count", "x-rgw-bytes-used"].map((name) =>
    response.headers.get(name),
  );
  return objects && bytes ? { objects: Number(objects), bytes: Number(bytes) } : undefined;
}

/** Count a bucket by going through it, telling how far it came. */
export async function counted(
  bucket: string,
  far: (extent: Extent) => void,
  signal: AbortSignal,
): Promise<void> {
  const sum = { objects: 0, bytes: 0 };
  let after: string | undefined;
  do {
    const page = await list(bucket, { flat: true, signal, ...(after && { after }) });
    sum.objects += page.objects.length;
    for (const one of page.objects) sum.bytes += one.size;
    far({ ...sum });
    after = page.next;
  } while (after);
}

/** Delete a bucket with all that is in it, a thousand objects at a time. `signal` stops it in between. */
export async function dropWhole(
  bucket: string,
  gone: (objects: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let sum = 0;
  for (;;) {
    const { objects } = await list(bucket, { flat: true, signal });
    if (!objects.length) break;
    await dropMany(
      bucket,
      objects.map((one) => one.key),
      signal,
    );
    sum += objects.length;
    gone(sum);
  }
  signal.throwIfAborted();
  await dropBucket(bucket);
}

async function dropMany(bucket: string, keys: string[], signal: AbortSignal): Promise<void> {
  const body = deletion(keys);
  const digest = btoa(String.fromCharCode(...md5(utf8ToBytes(body))));
  const url = address("POST", bucket, "", { delete: "" });
  const response = await fetch(url, { method: "POST", body, headers: { "Content-MD5": digest }, signal });
  const answer = await response.text();
  const refused = /<Message>([^<]*)</.exec(answer)?.[1];
  if (!response.ok || refused) throw new Problem(refused ?? "The storage refused.", response.status);
}
