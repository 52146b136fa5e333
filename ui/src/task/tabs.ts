import type { ComponentType } from "preact";

/** A part of a task's page. Every file in `task/tabs/` exports one as `tab`; adding a file adds it. */
export interface Tab {
  name: string; // in the address; empty for the first
  title: string;
  order: number;
  view: ComponentType;
}

const files = import.meta.glob<{ tab: Tab }>("./tabs/*.tsx", { eager: true });

export const tabs: Tab[] = Object.values(files)
  .map((file) => file.tab)
  .sort((a, b) => a.order - b.order);
