import { useEffect, useState } from "preact/hooks";
import { answer, api } from "@/api/client";
import type { Profile } from "@/api/types";
import { Loaded } from "@/components/empty";
import { Head } from "@/components/head";
import { Writing } from "@/form/writing";
import { useResource } from "@/live/resource";
import { place, to } from "@/route";
import type { Screen } from "@/screens";
import { type Draft, PROFILE } from "@/submission/draft";
import { like } from "@/submission/origin";

interface Origin {
  first: Partial<Draft>;
  name?: string;
}

/** What the form begins with: a task like another, an input, a profile, or nothing. */
async function origin(query: URLSearchParams, signal: AbortSignal): Promise<Origin> {
  const id = query.get("from");
  if (id) {
    const task = await answer(api.GET("/tasks/{id}", { params: { path: { id } }, signal }));
    return { first: like(task, await profileOf(task.profile, signal)), name: task.name };
  }
  const input = query.get("input");
  const first: Partial<Draft> = {};
  if (input) first.inputs = [{ bucket: input, prefix: query.get("prefix") ?? "", strip: true }];
  if (query.get("profile")) first.profile = query.get("profile") ?? PROFILE;
  if (query.get("job")) first.job = query.get("job") ?? "";
  return { first };
}

const profileOf = (name: string, signal: AbortSignal): Promise<Profile> =>
  answer(api.GET("/profiles/{name}", { params: { path: { name } }, signal }));

function New() {
  const source = place.value.query.toString();
  const [turn, setTurn] = useState(0);
  const begun = useResource((signal) => origin(new URLSearchParams(source), signal), [source]);
  useEffect(() => setTurn(0), [source]);
  const from = place.value.query.get("from");
  return (
    <>
      <Head
        title="New task"
        before={
          from
            ? { href: to(["tasks", from]), title: begun.data?.name ?? "The task it is cloned from" }
            : { href: to(["tasks"]), title: "Tasks" }
        }
      />
      <Loaded from={begun}>
        {({ first }) => (
          <Writing key={`${source} ${turn}`} source={source} first={first} anew={() => setTurn(turn + 1)} />
        )}
      </Loaded>
    </>
  );
}

export const screen: Screen = { path: "/new", title: "New task", view: New };
