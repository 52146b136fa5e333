import { Connect } from "@/account/connect";
import { QuotaPanel } from "@/account/quotas";
import { TokenPanel } from "@/account/token";
import { answer, api } from "@/api/client";
import { Button } from "@/components/button";
import { Copy } from "@/components/code";
import { Loaded } from "@/components/empty";
import { Facts } from "@/components/facts";
import { ChoiceField } from "@/components/field";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { useLive } from "@/live/resource";
import type { Screen } from "@/screens";
import { forget, storageUrl, token } from "@/session";
import { choose, chosen, type Theme } from "@/theme";
import { final } from "@/words/states";
import "./account.css";

function Account() {
  const info = useLive(
    (signal) => answer(api.GET("/info", { signal })),
    [],
    (change) => change.kind !== "task" || change.task.state === "Submitted" || final(change.task.state),
  );
  return (
    <>
      <Head
        title="Account"
        beside={info.data && <span class="soft">{info.data.email}</span>}
        actions={
          <Button icon="out" onClick={forget}>
            Sign out
          </Button>
        }
      />
      <Loaded from={info}>
        {(me) => (
          <>
            <QuotaPanel me={me} />
            <div class="account">
              <div class="stack">
                <TokenPanel token={token.value ?? ""} />
                <Panel title="Addresses">
                  <Facts
                    facts={[
                      ["API", <Address key="api" text={location.origin} of="API" />],
                      ["Object storage", <Address key="s3" text={storageUrl.value} of="object storage" />],
                    ]}
                  />
                </Panel>
                <Appearance />
              </div>
              <Connect
                access={{
                  api: location.origin,
                  storage: storageUrl.value,
                  email: me.email,
                  token: token.value ?? "",
                }}
              />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Address({ text, of }: { text: string; of: string }) {
  return (
    <span class="row account-address">
      <span class="mono">{text}</span>
      <Copy text={text} label={`Copy the address of the ${of}`} />
    </span>
  );
}

function Appearance() {
  return (
    <Panel title="Appearance">
      <ChoiceField
        label="Colours"
        value={chosen.value ?? ""}
        change={(value) => choose((value || null) as Theme | null)}
        options={[
          { value: "", label: "As this device" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
      />
    </Panel>
  );
}

export const screen: Screen = {
  path: "/account",
  title: "Account",
  icon: "account",
  order: 90,
  key: "a",
  view: Account,
};
