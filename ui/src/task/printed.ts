import { useEffect, useRef, useState } from "preact/hooks";
import { listen } from "@/live/stream";
import { Lines } from "@/task/lines";

/** What is printed, as it comes. `stamp` changes when `lines` does. */
export interface Printed {
  lines: Lines;
  stamp: number;
  state: "connecting" | "open" | "away" | "over";
}

export type Stream = "stdout" | "stderr";

/** The path of what a task, or one instance of it, has written to a stream. */
export const outputPath = (uuid: string, stream: Stream, instance: string) =>
  `/tasks/${encodeURIComponent(uuid)}/${stream}${instance ? `/${encodeURIComponent(instance)}` : ""}`;

/** Read a stream to its end; what was read stays here when the connection is lost. */
export function usePrinted(path: string): Printed {
  const lines = useRef(new Lines());
  const [stamp, setStamp] = useState(0);
  const [state, setState] = useState<Printed["state"]>("connecting");

  useEffect(() => {
    lines.current = new Lines();
    setStamp((n) => n + 1);
    setState("connecting");
    let seen = "";
    let frame = 0;
    const show = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setStamp((n) => n + 1);
      });
    };
    const stop = listen(
      () => `${path}/stream${seen ? `?lastEventId=${seen}` : ""}`,
      ["message", "end"],
      (name, data, event) => {
        if (event.lastEventId) seen = event.lastEventId;
        if (name === "message") lines.current.add((data as { text: string }).text);
        else {
          stop();
          setState("over");
        }
        show();
      },
      (open) => setState((before) => (before === "over" ? before : open ? "open" : "away")),
    );
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [path]);
  return { lines: lines.current, stamp, state };
}
