import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "@/components/icon";
import "./button.css";

type Kind = "plain" | "main" | "danger" | "quiet";

type Props = Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "icon"> & {
  kind?: Kind;
  icon?: IconName;
  busy?: boolean;
  children?: ComponentChildren;
};

export function Button({ kind = "plain", icon, busy, children, class: more, ...rest }: Props) {
  const name = `button button-${kind} ${children ? "" : "button-icon"} ${more ?? ""}`;
  return (
    <button type="button" {...rest} class={name} disabled={rest.disabled || busy} aria-busy={busy}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink(props: {
  href: string;
  kind?: Kind;
  icon?: IconName;
  children: ComponentChildren;
  download?: boolean;
}) {
  const { kind = "plain", icon, children, ...rest } = props;
  return (
    <a class={`button button-${kind}`} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}
