import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "@/components/dialog";
import { go } from "@/route";
import { navigation } from "@/screens";
import "./keys.css";

const help = signal(false);
const WITHIN_MS = 1000; // after `g`, for the letter

/** Keys that work on every page; none while something is being written or a window is open. */
export function useKeys(): void {
  useEffect(() => {
    let since = 0;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
      if (event.key === "g") {
        since = event.timeStamp;
      } else if (event.timeStamp - since < WITHIN_MS) {
        const screen = navigation.find((one) => one.key === event.key);
        if (screen) go([screen.path.split("/")[1] ?? ""].filter(Boolean));
        since = 0;
      } else if (event.key === "n") {
        go(["new"]);
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        if (!search) return;
        event.preventDefault();
        search.focus();
      } else if (event.key === "?") {
        help.value = true;
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function writing(target: EventTarget | null): boolean {
  return (
    Boolean(document.querySelector("dialog[open]")) ||
    (target instanceof Element && target.matches("input, select, textarea"))
  );
}

/** The list of keys, which `?` opens. */
export function Keys() {
  if (!help.value) return null;
  const keys: [string, string][] = [
    ...navigation.filter((one) => one.key).map((one): [string, string] => [`g ${one.key}`, one.title]),
    ["n", "New task"],
    ["/", "Search"],
    ["?", "These keys"],
  ];
  return (
    <Dialog
      title="Keys"
      onClose={() => {
        help.value = false;
      }}
    >
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
