import type { ComponentType } from "preact";
import type { IconName } from "@/components/icon";

/**
 * A page. Every file in `screens/` exports one as `screen`; adding a file adds the page, its address and, with an
 * `order`, its place in the navigation. In `path`, `:name` is any one segment, and `:name?` one that may be missing.
 */
export interface Screen {
  path: string;
  title: string;
  icon?: IconName;
  order?: number;
  key?: string; // after `g`, the letter that leads here
  view: ComponentType<{ params: Record<string, string> }>;
}

const files = import.meta.glob<{ screen: Screen }>("./screens/*.tsx", { eager: true });

export const screens: Screen[] = Object.values(files).map((file) => file.screen);
export const navigation = screens
  .filter((one) => one.order !== undefined)
  .sort((a, b) => (a.order ?? 0) - (b.order ?? 0));

/** The page at a place, the one with the most fixed segments first, and the values of its parameters. */
export function found(path: string[]): { screen: Screen; params: Record<string, string> } | undefined {
  for (const screen of [...screens].sort((a, b) => fixed(b) - fixed(a))) {
    const params = match(screen.path, path);
    if (params) return { screen, params };
  }
  return undefined;
}

const segments = (path: string) => path.split("/").filter(Boolean);
const fixed = (screen: Screen) => segments(screen.path).filter((one) => !one.startsWith(":")).length;

export function match(pattern: string, path: string[]): Record<string, string> | undefined {
  const wanted = segments(pattern);
  if (path.length > wanted.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const given = path[index];
    if (want.startsWith(":")) {
      if (given === undefined && !want.endsWith("?")) return undefined;
      params[want.replace(/[:?]/g, "")] = given ?? "";
    } else if (want !== given) {
      return undefined;
    }
  }
  return params;
}
