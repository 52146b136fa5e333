import { signal } from "@preact/signals";
import type { Account } from "@/api/types";

const KEY = "stokehold.token";

/** The API token in use. It stays in this tab unless the reader asked to be remembered. */
export const token = signal<string | null>(
  arriving() ?? sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY),
);

/** Who the token belongs to, once the server has said so; null while nobody is signed in. */
export const account = signal<Account | null>(null);

/** Where the object storage is, as the server told at the sign-in. */
export const storageUrl = signal("");

export function keep(value: string, remember: boolean): void {
  forget();
  (remember ? localStorage : sessionStorage).setItem(KEY, value);
  token.value = value;
}

export function forget(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  token.value = null;
  account.value = null;
}

/** A sign-in link ends in `#token=…`, which a browser does not send. It is taken out of the address at once. */
function arriving(): string | null {
  const found = /^#token=([A-Za-z0-9._-]+)$/.exec(location.hash);
  if (!found?.[1]) return null;
  sessionStorage.setItem(KEY, found[1]);
  history.replaceState(null, "", `${location.pathname}#/`);
  return found[1];
}
