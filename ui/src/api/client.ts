import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "@/api/schema";
import { forget, token } from "@/session";

/** What the server refused, in its own words, or why it could not be asked. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const AWAY = "The server does not answer. This page tries again by itself.";

const guard: Middleware = {
  onRequest({ request }) {
    if (token.value) request.headers.set("Authorization", token.value);
  },
  async onResponse({ response }) {
    if (response.ok) return;
    if (response.status === 401) forget();
    throw new Problem(await words(response), response.status);
  },
  onError({ error }) {
    return error instanceof DOMException ? error : new Problem(AWAY, 0);
  },
};

async function words(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text || `The server answered ${response.status}.`;
  }
}

const client = createClient<paths>({ baseUrl: location.origin });
client.use(guard);

/** Calls by method and path, typed by the server's own description: `await api.GET("/tasks/{id}", …)`. */
export const api = client;

/** The answer of a call, which is there because every refusal is thrown as a `Problem`. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** What to tell the reader about anything that was thrown. */
export function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
