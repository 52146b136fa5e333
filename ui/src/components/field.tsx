import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import "./field.css";

type Labelled = { label: string; hint?: ComponentChildren; problem?: string | undefined };

/** A label, what it labels, a hint, and what is wrong with the value. */
export function Field({
  label,
  hint,
  problem,
  children,
}: Labelled & { children: (id: string, described: string) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, `${id}-hint`)}
      {(hint || problem) && (
        <p id={`${id}-hint`} class={problem ? "field-problem" : "field-hint"}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}

type TextProps = Labelled &
  Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "label" | "value"> & {
    value: string;
    change: (value: string) => void;
  };

export function TextField({ label, hint, problem, change, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <input
          class="input"
          type="text"
          {...rest}
          id={id}
          aria-describedby={described}
          aria-invalid={Boolean(problem)}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

type AreaProps = Labelled & {
  value: string;
  change: (value: string) => void;
  rows?: number;
  placeholder?: string;
  mono?: boolean;
};

export function AreaField({ label, hint, problem, change, mono, ...rest }: AreaProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <textarea
          class={`input ${mono ? "mono" : ""}`}
          spellcheck={!mono}
          {...rest}
          id={id}
          aria-describedby={described}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export type Option = string | { value: string; label: string };
type ChoiceProps = Labelled & {
  value: string;
  change: (value: string) => void;
  options: Option[];
  disabled?: boolean;
};

export function ChoiceField({ label, hint, problem, value, change, options, disabled }: ChoiceProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(id, described) => (
        <Choice
          id={id}
          value={value}
          change={change}
          options={options}
          disabled={disabled}
          aria-describedby={described}
        />
      )}
    </Field>
  );
}

type BareChoice = Omit<JSX.SelectHTMLAttributes<HTMLSelectElement>, "value"> & {
  value: string;
  change: (value: string) => void;
  options: Option[];
};

/** A choice without a label of its own: give it an `aria-label`. */
export function Choice({ value, change, options, ...rest }: BareChoice) {
  return (
    <select class="input" {...rest} value={value} onChange={(event) => change(event.currentTarget.value)}>
      {options.map((option) => {
        const { value: key, label } = typeof option === "string" ? { value: option, label: option } : option;
        return (
          <option key={key} value={key}>
            {label}
          </option>
        );
      })}
    </select>
  );
}

export function Check({
  label,
  checked,
  change,
  disabled,
}: {
  label: string;
  checked: boolean;
  change: (on: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => change(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
