import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import { Button } from "@/components/button";
import { Choice } from "@/components/field";
import { GROUPS, SPANS, type Wanted, whole } from "@/listing/query";
import { useResource } from "@/live/resource";
import { refine } from "@/route";
import "./filters.css";

const PAUSE_MS = 250; // of writing

const NONE = { q: "", state: "", tag: "", profile: "", job: "", created: "" };

/** What the list is narrowed by. It stands in the address, so that it can be shared. */
export function Filters({ wanted, tags }: { wanted: Wanted; tags: string[] }) {
  return (
    <search class="filters">
      <Writing
        type="search"
        label="Search tasks"
        placeholder="Name, shortname or UUID"
        value={wanted.text}
        change={(q) => refine({ q })}
      />
      <Writing
        type="text"
        label="Tag"
        placeholder="Tag"
        value={wanted.tag}
        change={(tag) => refine({ tag })}
        list={tags}
      />
      <Profiles value={wanted.profile} />
      <Choice
        aria-label="Created"
        value={wanted.created}
        change={(created) => refine({ created })}
        options={Object.entries(SPANS).map(([value, label]) => ({ value, label }))}
      />
      <div class="filters-states">
        <div class="row" role="group" aria-label="State">
          {Object.keys(GROUPS).map((name) => (
            <Chip key={name} name={name} wanted={wanted} />
          ))}
        </div>
        {!whole(wanted) && (
          <Button kind="quiet" icon="close" onClick={() => refine(NONE)}>
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

function Chip({ name, wanted }: { name: string; wanted: Wanted }) {
  const on = wanted.states.includes(name);
  const states = on ? wanted.states.filter((one) => one !== name) : [...wanted.states, name];
  return (
    <button
      type="button"
      class="filters-chip"
      aria-pressed={on}
      onClick={() => refine({ state: states.join(",") })}
    >
      {name}
    </button>
  );
}

function Profiles({ value }: { value: string }) {
  const names = useResource((signal) => answer(api.GET("/profiles", { signal })), []).data ?? [];
  const known = value && !names.includes(value) ? [...names, value] : names;
  return (
    <Choice
      aria-label="Profile"
      value={value}
      change={(profile) => refine({ profile })}
      options={[{ value: "", label: "Any profile" }, ...known]}
    />
  );
}

interface WritingProps {
  type: "search" | "text";
  label: string;
  placeholder: string;
  value: string;
  change: (value: string) => void;
  list?: string[];
}

/** A field that tells what was written after a pause. */
function Writing({ type, label, placeholder, value, change, list }: WritingProps) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      told.current = next.trim();
      change(next.trim());
    }, PAUSE_MS);
  };
  return (
    <>
      <input
        class={`input filters-${type}`}
        type={type}
        aria-label={label}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        list={list ? `filters-${label}` : undefined}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
      />
      {list && (
        <datalist id={`filters-${label}`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}
