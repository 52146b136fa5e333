import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "@/components/icon";
import "./head.css";

interface Props {
  title: string;
  before?: { href: string; title: string }; // where one came from
  beside?: ComponentChildren; // next to the title
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** The head of a page, which names the window too. */
export function Head({ title, before, beside, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Stokehold`;
  }, [title]);
  return (
    <header class="head">
      {before && (
        <a class="head-before" href={before.href}>
          <Icon name="back" />
          {before.title}
        </a>
      )}
      <div class="row spread">
        <div class="row">
          <h1>{title}</h1>
          {beside}
        </div>
        {actions && <div class="row">{actions}</div>}
      </div>
      {children}
    </header>
  );
}
