import type { ComponentChildren } from "preact";
import "./facts.css";

export type Fact = [name: string, value: ComponentChildren] | false | null | undefined | "";

/** Names and values, those that are there. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(
          (fact): fact is [string, ComponentChildren] =>
            Array.isArray(fact) && fact[1] !== undefined && fact[1] !== "",
        )
        .map(([name, value], index) => (
          <div key={`${index} ${name}`}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
