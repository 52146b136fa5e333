import { useEffect, useRef } from "preact/hooks";
import "./tabs.css";

/** Links between the parts of a page; the current one is told to assistive tools as well. */
export function Tabs({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: { name: string; title: string; href: string }[];
  current: string;
}) {
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = row.current?.querySelector<HTMLElement>("[aria-current]");
    if (row.current && here) row.current.scrollLeft = here.offsetLeft - row.current.clientWidth / 3;
  }, [current]);
  return (
    <nav ref={row} class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.name} href={tab.href} aria-current={tab.name === current ? "page" : undefined}>
          {tab.title}
        </a>
      ))}
    </nav>
  );
}
