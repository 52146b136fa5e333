import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** What part of a drawing is seen: `x`, `y` in pixels of the screen, `scale` of the drawing. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

interface Size {
  width: number;
  height: number;
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

const LEAST = 0.05;
const LEGIBLE = 0.6; // the scale to begin with where there is little room
const MOST = 2;
const NARROW = 600;

const EDGE = 24; // pixels around a box that is brought into view

/** The largest view, at most of natural size, that shows all of a drawing in its middle. */
export function fitting(drawing: Size, frame: Size): View {
  const scale = Math.max(LEAST, Math.min(1, frame.width / drawing.width, frame.height / drawing.height));
  return {
    x: (frame.width - drawing.width * scale) / 2,
    y: (frame.height - drawing.height * scale) / 2,
    scale,
  };
}

/** The view to begin with: all of the drawing, or on a narrow screen its beginning, large enough to be read. */
export function beginning(drawing: Size, frame: Size): View {
  const all = fitting(drawing, frame);
  if (all.scale >= LEGIBLE || frame.width > NARROW) return all;
  return { x: 0, y: Math.max(0, (frame.height - drawing.height * LEGIBLE) / 2), scale: LEGIBLE };
}

/** Nearer or farther, with one point of the frame staying where it is. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  const ratio = scale / view.scale;
  return { x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio, scale };
}

/** Moved as little as shows a rectangle of the drawing. */
export function showing(view: View, part: Rectangle, frame: Size): View {
  const left = view.x + part.x * view.scale;
  const top = view.y + part.y * view.scale;
  return {
    ...view,
    x: view.x + shift(left, left + part.width * view.scale, frame.width),
    y: view.y + shift(top, top + part.height * view.scale, frame.height),
  };
}

function shift(from: number, to: number, most: number): number {
  if (from < EDGE) return EDGE - from;
  return to > most - EDGE ? Math.max(most - EDGE - to, EDGE - from) : 0;
}

/** Moving and zooming with mouse, fingers and keys; it fits the drawing until the reader moves it. */
export function useViewport(drawing: Size | undefined) {
  const frame = useRef<SVGSVGElement>(null);
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const [width, setWidth] = useState(1000);
  const moved = useRef(false);
  const size = () => ({
    width: frame.current?.clientWidth || 1,
    height: frame.current?.clientHeight || 1,
  });
  const move = useCallback((change: (view: View) => View) => {
    moved.current = true;
    setView(change);
  }, []);
  const showAll = useCallback(() => {
    moved.current = false;
    if (drawing?.width) setView(fitting(drawing, size()));
  }, [drawing]);
  const zoom = useCallback((factor: number) => {
    const { width, height } = size();
    move((before) => zoomed(before, factor, { x: width / 2, y: height / 2 }));
  }, []);
  const reveal = useCallback((part: Rectangle) => {
    setView((before) => showing(before, part, size()));
  }, []);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const refit = () => {
      setWidth(element.clientWidth);
      if (drawing?.width && !moved.current) setView(beginning(drawing, size()));
    };
    const watch = new ResizeObserver(refit);
    watch.observe(element);
    const undo = gestures(element, move);
    refit();
    return () => {
      watch.disconnect();
      undo();
    };
  }, [drawing]);
  return { frame, width, view, showAll, zoom, reveal };
}

/** Dragging moves, two fingers or the wheel with Ctrl zoom. A plain wheel is left to scroll the page. */
function gestures(element: SVGSVGElement, move: (change: (view: View) => View) => void): () => void {
  const control = new AbortController();
  const { signal } = control;
  const down = new Map<number, { x: number; y: number }>();
  const within = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  let way = 0; // pixels moved since the press: more than a few make it no click
  const drag = (event: PointerEvent) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = within(event);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    way += Math.hypot(now.x - before.x, now.y - before.y);
    if (way > SLACK && !element.hasPointerCapture(event.pointerId))
      element.setPointerCapture(event.pointerId);
    if (other) {
      const apart = (point: { x: number; y: number }) =>
        Math.hypot(point.x - other.x, point.y - other.y) || 1;
      move((view) => zoomed(view, apart(now) / apart(before), other));
    } else {
      move((view) => ({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }));
    }
  };
  const release = (event: PointerEvent) => down.delete(event.pointerId);
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button) return;
      if (!down.size) way = 0;
      down.set(event.pointerId, within(event));
    },
    { signal },
  );
  element.addEventListener("pointermove", drag, { signal });
  element.addEventListener("pointerup", release, { signal });
  element.addEventListener("pointercancel", release, { signal });
  element.addEventListener("pointerleave", release, { signal });
  element.addEventListener("dragstart", (event) => event.preventDefault(), { signal });
  element.addEventListener(
    "click",
    (event) => {
      if (way > SLACK && event.detail) event.preventDefault();
    },
    { signal, capture: true },
  );
  element.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      move((view) => zoomed(view, Math.exp(-event.deltaY / 240), within(event)));
    },
    { signal, passive: false },
  );
  return () => control.abort();
}

const SLACK = 4;
