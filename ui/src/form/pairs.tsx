import { useEffect, useRef } from "preact/hooks";
import { Button } from "@/components/button";
import type { Pair } from "@/submission/draft";
import "./pairs.css";

interface Props {
  legend: string;
  hint: string;
  noun: string; // what one of them is called
  pairs: Pair[];
  change: (pairs: Pair[]) => void;
  secret?: boolean;
  problem?: (pair: Pair) => string | undefined;
}

/** Names and values, as many as one likes. */
export function Pairs({ legend, hint, noun, pairs, change, secret, problem }: Props) {
  const box = useRef<HTMLFieldSetElement>(null);
  const count = useRef(pairs.length);
  useEffect(() => {
    if (pairs.length > count.current)
      box.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus();
    count.current = pairs.length;
  }, [pairs.length]);
  const put = (place: number, some: Partial<Pair>) =>
    change(pairs.map((pair, index) => (index === place ? { ...pair, ...some } : pair)));
  return (
    <fieldset class="pairs" ref={box}>
      <legend>{legend}</legend>
      <p class="field-hint">{hint}</p>
      <ul>
        {pairs.map((pair, place) => {
          const wrong = problem?.(pair);
          const of = pair.key || `${noun} ${place + 1}`;
          return (
            <li key={place}>
              <input
                class="input mono"
                aria-label={`Name of ${noun} ${place + 1}`}
                placeholder="NAME"
                spellcheck={false}
                autocomplete="off"
                value={pair.key}
                onInput={(event) => put(place, { key: event.currentTarget.value })}
              />
              <input
                class="input mono"
                type={secret ? "password" : "text"}
                aria-label={`Value of ${of}`}
                aria-invalid={Boolean(wrong)}
                placeholder={secret ? "not shown again" : "value"}
                spellcheck={false}
                autocomplete={secret ? "new-password" : "off"}
                value={pair.value}
                onInput={(event) => put(place, { value: event.currentTarget.value })}
              />
              <Button
                kind="quiet"
                icon="close"
                aria-label={`Remove ${of}`}
                onClick={() => change(pairs.filter((_, index) => index !== place))}
              />
              {wrong && <p class="field-problem">{wrong}</p>}
            </li>
          );
        })}
      </ul>
      <Button icon="plus" onClick={() => change([...pairs, { key: "", value: "" }])}>
        Add {noun}
      </Button>
    </fieldset>
  );
}
