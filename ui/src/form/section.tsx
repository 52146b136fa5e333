import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "@/components/icon";
import "./section.css";

type Props = { title: string; told: string; problem?: boolean; children: ComponentChildren };

/** A part of the form that folds; `told` says what is in it while it is folded. It opens where something is wrong. */
export function Section({ title, told, problem, children }: Props) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (problem) setOpen(true);
  }, [problem]);
  return (
    <details class="section" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="next" />
        <h2>{title}</h2>
        <span class="section-told cut">{told}</span>
      </summary>
      <div class="stack">{children}</div>
    </details>
  );
}
