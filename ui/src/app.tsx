import { useEffect, useState } from "preact/hooks";
import { Button } from "@/components/button";
import { Questions } from "@/components/dialog";
import { Empty } from "@/components/empty";
import { Icon } from "@/components/icon";
import { Keys, useKeys } from "@/components/keys";
import { Toasts } from "@/components/toast";
import { live } from "@/live/feed";
import { place, section } from "@/route";
import { found, navigation } from "@/screens";
import { account } from "@/session";
import { SignIn } from "@/signin";
import { flip, theme } from "@/theme";
import "./app.css";

export function App() {
  return (
    <>
      {account.value ? <Shell /> : <SignIn />}
      <Questions />
      <Toasts />
    </>
  );
}

function Shell() {
  useKeys();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    setOpen(false);
    scrollTo(0, 0);
  }, [place.value.path.slice(0, 2).join("/")]);
  return (
    <div class={`shell ${open ? "shell-open" : ""}`}>
      <a class="shell-skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <aside class="shell-side">
        <div class="shell-top">
          <a class="shell-name" href="#/">
            <img src="./favicon.svg" alt="" width="28" height="28" />
            Stokehold
          </a>
          <Button
            kind="quiet"
            class="shell-menu"
            icon={open ? "close" : "menu"}
            aria-label="Menu"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          />
        </div>
        <Navigation />
        <Foot />
      </aside>
      <main id="main" class="shell-main" tabIndex={-1}>
        <Page />
      </main>
      <Keys />
    </div>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Navigation() {
  return (
    <nav class="shell-nav" aria-label="Pages">
      {navigation.map((screen) => {
        const first = screen.path.split("/")[1] ?? "";
        const here = section.value === first;
        return (
          <a key={screen.path} href={`#/${first}`} aria-current={here ? "page" : undefined}>
            {screen.icon && <Icon name={screen.icon} />}
            {screen.title}
          </a>
        );
      })}
    </nav>
  );
}

function Foot() {
  return (
    <div class="shell-foot">
      <span
        class="shell-live"
        title={live.value ? "Changes are shown as they happen" : "The server is being called again"}
      >
        <span class={live.value ? "tone-good" : "tone-ended"} />
        {live.value ? "Live" : "Connecting…"}
      </span>
      <Button
        kind="quiet"
        icon={theme.value === "dark" ? "sun" : "moon"}
        aria-label="Light or dark"
        title="Light or dark"
        onClick={flip}
      />
    </div>
  );
}

function Page() {
  const here = found(place.value.path);
  if (!here)
    return (
      <Empty icon="search" title="There is no such page">
        <a href="#/">To the dashboard</a>
      </Empty>
    );
  const View = here.screen.view;
  return (
    <div class="stack page">
      <View params={here.params} />
    </div>
  );
}
