import { Problem } from "@/api/client";
import { account, storageUrl, token } from "@/session";
import { presign } from "@/storage/sign";

export interface Bucket {
  name: string;
  created: string;
}

export interface StoredObject {
  key: string;
  size: number;
  modified: string;
  etag: string;
}

/** A page of a bucket below a prefix: the objects in it, and the folders that further objects are in. */
export interface Listing {
  objects: StoredObject[];
  folders: string[];
  next: string | undefined;
}

/** An address for one request to the storage, good for a quarter of an hour. `key` is empty for a bucket. */
export function address(
  method: string,
  bucket: string,
  key = "",
  query: Record<string, string> = {},
): string {
  const keys = { access: account.value?.email ?? "", secret: token.value ?? "" };
  const path = `/${bucket}${key ? `/${key}` : ""}`;
  return presign(method, storageUrl.value.replace(/\/$/, ""), path, query, keys);
}

/** Where a browser downloads an object to a file of its last name. */
export function download(bucket: string, key: string): string {
  const name = key.split("/").pop() ?? key;
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
  return address("GET", bucket, key, { "response-content-disposition": disposition });
}

export async function buckets(signal?: AbortSignal): Promise<Bucket[]> {
  const page = await xml("GET", "", "", {}, { signal });
  return all(page, "Bucket").map((one) => ({ name: text(one, "Name"), created: text(one, "CreationDate") }));
}

export async function list(
  bucket: string,
  options: { prefix?: string; flat?: boolean; after?: string; most?: number; signal?: AbortSignal } = {},
): Promise<Listing> {
  const query: Record<string, string> = { "list-type": "2", "max-keys": String(options.most ?? 1000) };
  if (options.prefix) query.prefix = options.prefix;
  if (!options.flat) query.delimiter = "/";
  if (options.after) query["continuation-token"] = options.after;
  const page = await xml("GET", bucket, "", query, { signal: options.signal });
  return {
    objects: all(page, "Contents").map(stored),
    folders: all(page, "CommonPrefixes").map((one) => text(one, "Prefix")),
    next: text(page.documentElement, "NextContinuationToken") || undefined,
  };
}

export const makeBucket = (bucket: string) => send("PUT", bucket);
export const dropBucket = (bucket: string) => send("DELETE", bucket);
export const dropObject = (bucket: string, key: string) => send("DELETE", bucket, key);

/** The first `most` bytes of an object. Raises Problem. */
export async function peek(
  bucket: string,
  key: string,
  most: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const headers = { Range: `bytes=0-${most - 1}` };
  const response = await send("GET", bucket, key, {}, { headers, signal }).catch((error) => {
    if (error instanceof Problem && error.status === 416) return new Response(new Uint8Array()); // an empty object
    throw error;
  });
  return new Uint8Array(await response.arrayBuffer());
}

/** Store a file, telling how many bytes have gone. `XMLHttpRequest` because `fetch` does not tell. */
export function upload(
  bucket: string,
  key: string,
  file: Blob,
  gone: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address("PUT", bucket, key));
    request.upload.onprogress = (event) => gone(event.loaded);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Problem(meaning(request.responseText), request.status));
    request.onerror = () => reject(new Problem("The storage does not answer.", 0));
    request.send(file);
  });
}

async function send(
  method: string,
  bucket: string,
  key = "",
  query: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Response> {
  const response = await fetch(address(method, bucket, key, query), { ...init, method });
  if (response.ok) return response;
  throw new Problem(meaning(await response.text()), response.status);
}

async function xml(...request: Parameters<typeof send>): Promise<Document> {
  return new DOMParser().parseFromString(await (await send(...request)).text(), "application/xml");
}

function meaning(body: string): string {
  return /<Message>([^<]*)</.exec(body)?.[1] || "The storage refused.";
}

const all = (within: Document, name: string) => [...within.getElementsByTagName(name)];
const text = (within: Element, name: string) => within.getElementsByTagName(name)[0]?.textContent ?? "";

function stored(one: Element): StoredObject {
  return {
    key: text(one, "Key"),
    size: Number(text(one, "Size")),
    modified: text(one, "LastModified"),
    etag: text(one, "ETag").replaceAll('"', ""),
  };
}
