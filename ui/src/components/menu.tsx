import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Icon, type IconName } from "@/components/icon";
import "./menu.css";

export interface Item {
  label: string;
  icon?: IconName;
  danger?: boolean;
  act: () => void;
}

/** A button with more to do behind it. Arrow keys move, Escape closes, a letter leads to what begins with it. */
export function Menu({ label, items }: { label: string; items: Item[] }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const close = (back: boolean) => {
    setOpen(false);
    if (back) box.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!open) return;
    list.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const away = (event: Event) => box.current?.contains(event.target as Node) || setOpen(false);
    const gone = () => setOpen(false);
    addEventListener("pointerdown", away);
    addEventListener("hashchange", gone);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("hashchange", gone);
    };
  }, [open]);

  const press = (event: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const letter = event.key.length === 1 ? event.key.toLowerCase() : "";
    const moves: Record<string, number> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    if (event.key === "Escape") close(true);
    else if (event.key === "Tab") return setOpen(false);
    else if (event.key in moves) all[moves[event.key] ?? 0]?.focus();
    else if (letter.trim())
      all.find((one) => one.textContent?.trim().toLowerCase().startsWith(letter))?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  if (!items.length) return null;
  return (
    <div
      ref={box}
      class="menu"
      onFocusOut={(event) => {
        if (event.relatedTarget && !box.current?.contains(event.relatedTarget as Node)) setOpen(false);
      }}
    >
      <Button
        icon="down"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {label}
      </Button>
      {open && (
        <div
          ref={list}
          id={id}
          class="menu-list"
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={press}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={item.danger ? "menu-danger" : ""}
              onClick={() => {
                close(true);
                item.act();
              }}
            >
              {item.icon && <Icon name={item.icon} />}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
