import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "@/components/button";
import "./dialog.css";

type Props = { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean };

/** A window over the page. The browser's own element holds the focus and closes on Escape. */
export function Dialog({ title, onClose, children, wide }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${wide ? "dialog-wide" : ""}`}
      aria-labelledby={id}
      onClose={onClose}
    >
      <header class="row spread">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="close" aria-label="Close" onClick={() => element.current?.close()} />
      </header>
      {children}
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  verb: string;
  settle: (yes: boolean) => void;
}

const question = signal<Question | null>(null);

/** Ask before what cannot be undone. */
export function confirmed(title: string, text: string, verb: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      title,
      text,
      verb,
      settle: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });
}

/** Where questions appear; once in the page. */
export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  return (
    <Dialog title={asked.title} onClose={() => asked.settle(false)}>
      <p>{asked.text}</p>
      <footer class="row">
        <Button onClick={() => asked.settle(false)}>Keep</Button>
        <Button kind="danger" onClick={() => asked.settle(true)}>
          {asked.verb}
        </Button>
      </footer>
    </Dialog>
  );
}
