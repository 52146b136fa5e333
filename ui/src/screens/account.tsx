import { answer, api } from "@/api/client";
import { Button } from "@/components/button";
import { Loaded } from "@/components/empty";
import { Facts } from "@/components/facts";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { useLive } from "@/live/resource";
import type { Screen } from "@/screens";
import { forget, storageUrl } from "@/session";
import { count } from "@/words/amounts";

const limit = (used: number, most: number) => `${count(used)} of ${most > 1e9 ? "any number" : count(most)}`;

function Account() {
  const info = useLive(
    (signal) => answer(api.GET("/info", { signal })),
    [],
    () => true,
  );
  return (
    <>
      <Head
        title="Account"
        actions={
          <Button icon="out" onClick={forget}>
            Sign out
          </Button>
        }
      />
      <Loaded from={info}>
        {(me) => (
          <Panel title={me.email}>
            <Facts
              facts={[
                ["Tasks", limit(me.taskCount, me.maxTask)],
                ["Tasks that run", limit(me.runningTaskCount, me.maxRunningTask)],
                ["API", location.origin],
                ["Object storage", storageUrl.value],
              ]}
            />
          </Panel>
        )}
      </Loaded>
    </>
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
