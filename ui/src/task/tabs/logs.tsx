import { useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Empty } from "@/components/empty";
import { Check, Choice } from "@/components/field";
import { LinesView } from "@/components/lines";
import { Panel } from "@/components/panel";
import { PrintedLine } from "@/components/printed";
import { act } from "@/components/toast";
import { place, refine } from "@/route";
import { token } from "@/session";
import { outputPath, type Stream, usePrinted } from "@/task/printed";
import { MOST_FOUND, pattern, useSearch } from "@/task/search";
import type { Tab } from "@/task/tabs";
import { useTask } from "@/task/view";
import { count, counted } from "@/words/amounts";
import { save } from "@/words/save";
import { final } from "@/words/states";
import "./logs.css";

const STREAMS = [
  { value: "stdout", label: "Standard output" },
  { value: "stderr", label: "Standard error" },
];

function Logs() {
  const { task } = useTask();
  const stream: Stream = place.value.query.get("stream") === "stderr" ? "stderr" : "stdout";
  const instance = place.value.query.get("instance") ?? "";
  const path = outputPath(task.uuid, stream, instance);
  const { lines, stamp, state } = usePrinted(path);
  const [text, setText] = useState("");
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(true);
  const [goal, setGoal] = useState<{ line: number; stamp: number }>();
  const search = useSearch(text, lines, stamp);
  const seek = pattern(text);

  const step = (by: number) => {
    const match = search.step(by);
    if (!match) return;
    setFollow(false);
    setGoal({ line: match.line - lines.dropped, stamp: Date.now() });
  };
  const download = () =>
    act(async () => {
      const answer = await fetch(path, { headers: { Authorization: token.value ?? "" } });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      save(await answer.blob(), `${task.shortname}${instance ? `-${instance}` : ""}.${stream}.txt`);
    });
  return (
    <Panel flush>
      <div class="logs-bar row">
        <Choice
          aria-label="Stream"
          value={stream}
          options={STREAMS}
          change={(value) => refine({ stream: value === "stdout" ? undefined : value })}
        />
        <Instance value={instance} />
        <form
          class="logs-search row"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            step(1);
          }}
        >
          <input
            class="input"
            type="search"
            aria-label="Search the output"
            placeholder="Search"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !event.shiftKey) return;
              event.preventDefault();
              step(-1);
            }}
          />
          <span class="logs-found soft small numbers" role="status">
            {text && found(search.at, search.matches.length)}
          </span>
          <Button
            icon="up"
            kind="quiet"
            aria-label="Previous match"
            disabled={!search.matches.length}
            onClick={() => step(-1)}
          />
          <Button
            icon="down"
            kind="quiet"
            aria-label="Next match"
            disabled={!search.matches.length}
            onClick={() => step(1)}
          />
        </form>
        <Check label="Wrap" checked={wrap} change={setWrap} />
        <Button icon="download" onClick={download}>
          Download
        </Button>
      </div>
      {lines.dropped > 0 && (
        <p class="logs-cut small" role="note">
          {counted(lines.dropped, "line")} from the start {lines.dropped === 1 ? "is" : "are"} not shown.
          Download has all that is kept.
        </p>
      )}
      <div class="logs-view">
        <LinesView
          label={stream === "stdout" ? "Standard output" : "Standard error"}
          lines={lines.all}
          stamp={stamp}
          dropped={lines.dropped}
          longest={lines.longest}
          wrap={wrap}
          follow={follow}
          onFollow={setFollow}
          goal={goal}
          draw={(line, index) => (
            <PrintedLine
              line={line}
              merged={!instance}
              seek={seek}
              current={search.current?.line === index + lines.dropped ? search.current.nth : -1}
            />
          )}
        >
          <Empty
            icon="code"
            title={state === "over" || final(task.state) ? "Nothing was printed" : "Nothing was printed yet"}
          >
            {state !== "over" && !final(task.state) && "Lines appear here as they come."}
          </Empty>
        </LinesView>
        {!follow && (
          <Button class="logs-follow" icon="down" onClick={() => setFollow(true)}>
            {state === "over" ? "To the end" : "Follow"}
          </Button>
        )}
      </div>
      <p class="logs-foot soft small row spread" role="status">
        <span class="numbers">{counted(lines.length + lines.dropped, "line")}</span>
        <span>
          {state === "over"
            ? "Complete"
            : state === "away"
              ? "The connection was lost; it is tried again"
              : "Live"}
        </span>
      </p>
    </Panel>
  );
}

/** All instances, or one by its number. */
function Instance({ value }: { value: string }) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  const choose = (to: string) => refine({ instance: to });
  return (
    <form
      class="logs-instance"
      onSubmit={(event) => {
        event.preventDefault();
        choose(typed);
      }}
    >
      <input
        class="input"
        type="text"
        inputMode="numeric"
        pattern="[0-9]*"
        aria-label="Instance"
        title="The number of an instance; empty for all"
        placeholder="All instances"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value.replace(/\D/g, ""))}
        onBlur={() => typed !== value && choose(typed)}
      />
      {value && <Button kind="quiet" icon="close" aria-label="All instances" onClick={() => choose("")} />}
    </form>
  );
}

function found(at: number, all: number): string {
  if (!all) return "none";
  const total = all >= MOST_FOUND ? `${count(MOST_FOUND)} or more` : count(all);
  return at < 0 ? total : `${count(at + 1)} of ${total}`;
}

export const tab: Tab = { name: "logs", title: "Logs", order: 20, view: Logs };
