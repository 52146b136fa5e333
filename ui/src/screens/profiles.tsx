import { answer, api } from "@/api/client";
import type { Profile } from "@/api/types";
import { ButtonLink } from "@/components/button";
import { Empty, Loaded } from "@/components/empty";
import { Facts } from "@/components/facts";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { useResource } from "@/live/resource";
import { to } from "@/route";
import type { Screen } from "@/screens";
import "./profiles.css";
import { counted } from "@/words/amounts";

async function profiles(signal: AbortSignal): Promise<Profile[]> {
  const names = await answer(api.GET("/profiles", { signal }));
  return Promise.all(
    names.map((name) => answer(api.GET("/profiles/{name}", { params: { path: { name } }, signal }))),
  );
}

function Profiles() {
  const found = useResource(profiles, []);
  return (
    <>
      <Head title="Profiles">
        <p class="soft">What tasks run in: a template with constants, which each task may set anew.</p>
      </Head>
      <Loaded from={found}>
        {(list) =>
          list.length ? (
            <div class="grid profiles">
              {list.map((profile) => (
                <Card key={profile.name} profile={profile} />
              ))}
            </div>
          ) : (
            <Empty icon="profile" title="This account may use no profile" />
          )
        }
      </Loaded>
    </>
  );
}

function Card({ profile }: { profile: Profile }) {
  const set = profile.constants.filter((one) => one.value);
  return (
    <Panel title={<a href={to(["profiles", profile.name])}>{profile.name}</a>}>
      <div class="stack">
        {set.length > 0 && (
          <Facts facts={set.map((one) => [one.name, <span class="mono">{one.value}</span>])} />
        )}
        <p class="soft small">{counted(profile.constants.length, "constant")} in all</p>
        <span>
          <ButtonLink icon="plus" href={to(["new"], { profile: profile.name })}>
            New task<span class="unseen"> with {profile.name}</span>
          </ButtonLink>
        </span>
      </div>
    </Panel>
  );
}

export const screen: Screen = {
  path: "/profiles",
  title: "Profiles",
  icon: "profile",
  order: 50,
  key: "p",
  view: Profiles,
};
