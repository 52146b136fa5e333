import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Empty } from "@/components/empty";
import { type Arrangement, arrange, HEIGHT, structure, WIDTH } from "@/graph/arrange";
import type { Box, Graph as Drawn, Edge } from "@/graph/graph";
import { step } from "@/graph/step";
import { useViewport } from "@/graph/viewport";
import { begun } from "@/task/counters";
import { count } from "@/words/amounts";
import { worded } from "@/words/states";
import "./graph.css";

interface Props {
  label: string;
  graph: Drawn;
  href: (box: Box) => string;
}

const FAR = 0.34; // scale below which there is only colour
const LETTERS = 22; // that fit in a box
const NARROWEST = 0.5; // scale that the height is made for
const TALLEST = 560;
const LOWEST = 200;
const LIMIT = 400; // boxes that are drawn without being asked

/** Boxes and what leads from one to another, live. Nothing moves while the structure is the same. */
export function Graph({ label, graph, href }: Props) {
  const [anyway, setAnyway] = useState(false);
  const many = graph.boxes.length > LIMIT && !anyway;
  const { arrangement, problem } = useArrangement(graph, many);
  const { frame, width, view, showAll, zoom, reveal } = useViewport(arrangement);
  const [current, setCurrent] = useState("");
  const boxes = useRef(new Map<string, Element>());

  const far = view.scale < FAR;
  const drawing = useMemo(
    () => arrangement && <Drawing {...{ graph, arrangement, current, setCurrent, boxes, href }} />,
    [graph, arrangement, current],
  );
  if (many || problem)
    return (
      <Empty icon="jobs" title={problem ?? `${count(graph.boxes.length)} boxes are too many to be read`}>
        <p>The list below has every task.</p>
        {!problem && <Button onClick={() => setAnyway(true)}>Draw them anyway</Button>}
      </Empty>
    );
  if (!arrangement)
    return (
      <div class="empty soft" role="status">
        Drawing the graph…
      </div>
    );

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") showAll();
    const next = step(event.key, current || (graph.boxes[0]?.id ?? ""), arrangement);
    const place = next && arrangement.places[next];
    if (!next || !place) return;
    event.preventDefault();
    setCurrent(next);
    reveal({ ...place, width: WIDTH, height: HEIGHT });
    const box = boxes.current.get(next);
    if (box instanceof SVGElement) box.focus({ preventScroll: true });
  };
  const scale = Math.max(NARROWEST, Math.min(1, width / arrangement.width));
  const height = Math.min(TALLEST, Math.max(LOWEST, arrangement.height * scale + 16));
  return (
    <div class="graph">
      <svg
        ref={frame}
        class={`graph-frame ${far ? "graph-far" : ""}`}
        style={{ height: `${height}px` }}
        role="group"
        aria-label={label}
        onKeyDown={press}
      >
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>{drawing}</g>
      </svg>
      <div class="graph-tools">
        <Button icon="plus" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(1.25)} />
        <Button icon="minus" aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoom(0.8)} />
        <Button icon="fit" aria-label="Fit the graph" title="Fit (0)" onClick={showAll} />
      </div>
    </div>
  );
}

function useArrangement(graph: Drawn, wait: boolean) {
  const [arrangement, setArrangement] = useState<Arrangement>();
  const [problem, setProblem] = useState<string>();
  const key = structure(graph);
  useEffect(() => {
    if (wait) return;
    const control = new AbortController();
    arrange(graph, control.signal).then(setArrangement, (error: Error) => setProblem(error.message));
    return () => control.abort();
  }, [key, wait]);
  return { arrangement, problem };
}

interface DrawingProps {
  graph: Drawn;
  arrangement: Arrangement;
  current: string;
  setCurrent: (id: string) => void;
  boxes: { current: Map<string, Element> };
  href: (box: Box) => string;
}

function Drawing({ graph, arrangement, current, setCurrent, boxes, href }: DrawingProps) {
  const byId = new Map(graph.boxes.map((box) => [box.id, box]));
  const entry = byId.has(current) ? current : graph.boxes[0]?.id;
  return (
    <>
      {arrangement.lines.map((line) => (
        <path key={`${line.from} ${line.to}`} class={`graph-edge ${meaning(line, byId)}`} d={line.path} />
      ))}
      {graph.boxes.map((box) => {
        const place = arrangement.places[box.id];
        return (
          place && (
            <g key={box.id} transform={`translate(${place.x} ${place.y})`}>
              <title>{box.name}</title>
              <a
                ref={(element: Element | null) => {
                  if (element) boxes.current.set(box.id, element);
                  else boxes.current.delete(box.id);
                }}
                class={`graph-box tone-${box.tone}`}
                href={href(box)}
                tabIndex={box.id === entry ? 0 : -1}
                aria-description={more(box)}
                onFocus={() => setCurrent(box.id)}
              >
                <Face box={box} />
              </a>
            </g>
          )
        );
      })}
    </>
  );
}

/** What a box has no room to say. */
const more = (box: Box) =>
  [box.name, ...box.shares.filter((one) => one.value).map((one) => `${one.value} ${one.label}`)].join(", ");

function meaning(edge: Edge, byId: Map<string, Box>): string {
  const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
  if (!from || !to) return "";
  if (from.tone === "running") return "graph-edge-now tone-running";
  return to.tone === "waiting" && from.tone === "waiting" ? "" : `graph-edge-past tone-${from.tone}`;
}

function Face({ box }: { box: Box }) {
  const inner = WIDTH - 24;
  let x = 14;
  return (
    <>
      <rect width={WIDTH} height={HEIGHT} rx="8" />
      <rect class="graph-stripe" width="4" height={HEIGHT - 16} x="0" y="8" rx="2" />
      <text class="graph-name" x="14" y="21">
        {`${short(box.name)} `}
      </text>
      <text class="graph-state" x="14" y="38">
        {`${worded(box.state)} `}
      </text>
      <text class="graph-detail" x={WIDTH - 10} y="38">
        {box.detail}
      </text>
      <rect class="graph-track" x="14" y="47" width={inner} height="6" rx="3" />
      {begun(box.shares).map((share) => {
        const width = (inner * share.value) / (box.total || 1);
        x += width;
        return (
          width > 0 && (
            <rect
              key={share.label}
              class={`graph-share tone-${share.tone}`}
              x={x - width}
              y="47"
              {...{ width }}
              height="6"
            />
          )
        );
      })}
    </>
  );
}

const short = (name: string) => (name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name);
