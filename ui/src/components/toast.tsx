import { signal } from "@preact/signals";
import { told } from "@/api/client";
import { Button } from "@/components/button";
import "./toast.css";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const STAYS_MS = 5000;
const toasts = signal<Toast[]>([]);
let last = 0;

const drop = (id: number) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

/** Say in passing that something was done. */
export function say(text: string, bad = false): void {
  last += 1;
  const toast = { id: last, text, bad };
  toasts.value = [...toasts.value.slice(-3), toast];
  if (!bad) setTimeout(() => drop(toast.id), STAYS_MS);
}

/** Do what a button asks for: say what came of it, and tell a refusal in the server's words. */
export async function act(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done) say(done);
    return true;
  } catch (error) {
    say(told(error), true);
    return false;
  }
}

/** Where they appear; once in the page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast ${toast.bad ? "toast-bad" : ""}`}>
          <span>{toast.text}</span>
          <Button kind="quiet" icon="close" aria-label="Dismiss" onClick={() => drop(toast.id)} />
        </div>
      ))}
    </div>
  );
}
