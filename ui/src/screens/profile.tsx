import { answer, api } from "@/api/client";
import type { Profile } from "@/api/types";
import { ButtonLink } from "@/components/button";
import { Empty, Loaded } from "@/components/empty";
import { Head } from "@/components/head";
import { Panel } from "@/components/panel";
import { useResource } from "@/live/resource";
import { to } from "@/route";
import type { Screen } from "@/screens";
import "./profile.css";

function ProfilePage({ params }: { params: Record<string, string> }) {
  const { name = "" } = params;
  const found = useResource<Profile>(
    (signal) => answer(api.GET("/profiles/{name}", { params: { path: { name } }, signal })),
    [name],
  );
  return (
    <>
      <Head
        title={name}
        before={{ href: to(["profiles"]), title: "Profiles" }}
        actions={
          <>
            <ButtonLink icon="tasks" href={to(["tasks"], { profile: name })}>
              Its tasks
            </ButtonLink>
            <ButtonLink kind="main" icon="plus" href={to(["new"], { profile: name })}>
              New task with this profile
            </ButtonLink>
          </>
        }
      />
      <Loaded from={found}>
        {(profile) =>
          profile.constants.length ? (
            <Panel title="Constants">
              <dl class="profile">
                {profile.constants.map((one) => (
                  <div key={one.name}>
                    <dt class="mono">{one.name}</dt>
                    <dd>
                      <p class={one.value ? "mono" : "soft"}>{one.value || "no value of the profile"}</p>
                      <p class="soft">{one.description}</p>
                    </dd>
                  </div>
                ))}
              </dl>
            </Panel>
          ) : (
            <Empty icon="profile" title="This profile has no constants" />
          )
        }
      </Loaded>
    </>
  );
}

export const screen: Screen = { path: "/profiles/:name", title: "Profile", view: ProfilePage };
