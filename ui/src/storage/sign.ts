import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** What signs requests to the object storage: an account's e-mail and its token. */
export interface Keys {
  access: string;
  secret: string;
}

const REGION = "default";
const ALGORITHM = "AWS4-HMAC-SHA256";

// The Web Crypto API is missing on pages that came over plain HTTP from another machine: hence a library.
const mac = (key: Uint8Array, text: string) => hmac(sha256, key, utf8ToBytes(text));
const digest = (text: string) => bytesToHex(sha256(utf8ToBytes(text)));

/** As RFC 3986 asks, which is stricter than `encodeURIComponent`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A URL that allows one request for `seconds`: AWS signature version 4 in the query, the body unsigned. */
export function presign(
  method: string,
  url: string,
  path: string,
  query: Record<string, string>,
  keys: Keys,
  now = new Date(),
  seconds = 900,
): string {
  const moment = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${moment.slice(0, 8)}/${REGION}/s3/aws4_request`;
  const asked: Record<string, string> = {
    ...query,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${keys.access}/${scope}`,
    "X-Amz-Date": moment,
    "X-Amz-Expires": String(seconds),
    "X-Amz-SignedHeaders": "host",
  };
  const canonical = Object.entries(asked)
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .sort()
    .join("&");
  const at = path.split("/").map(encode).join("/");
  const request = [method, at, canonical, `host:${new URL(url).host}\n`, "host", "UNSIGNED-PAYLOAD"].join(
    "\n",
  );
  const text = [ALGORITHM, moment, scope, digest(request)].join("\n");
  const signing = [moment.slice(0, 8), REGION, "s3", "aws4_request"].reduce(
    mac,
    utf8ToBytes(`AWS4${keys.secret}`),
  );
  return `${url}${at}?${canonical}&X-Amz-Signature=${bytesToHex(mac(signing, text))}`;
}
