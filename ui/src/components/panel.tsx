import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./panel.css";

type Props = {
  title?: ComponentChildren;
  actions?: ComponentChildren;
  flush?: boolean;
  children: ComponentChildren;
};

/** A titled part of a page. `flush`: its content goes to the edges. */
export function Panel({ title, actions, flush, children }: Props) {
  const id = useId();
  return (
    <section class={`panel ${flush ? "panel-flush" : ""}`} aria-labelledby={title ? id : undefined}>
      {(title || actions) && (
        <header class="panel-head row spread">
          <h2 id={id}>{title}</h2>
          {actions && <div class="row">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
