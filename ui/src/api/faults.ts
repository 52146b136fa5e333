import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import type { TaskError } from "@/api/types";
import { useResource } from "@/live/resource";

export type Fault = components["schemas"]["Fault"];

let table: Promise<Map<string, Fault>> | undefined;

/** The server's table of errors: it never changes while the page is open, so it is read once. */
function faults(): Promise<Map<string, Fault>> {
  table ??= answer(api.GET("/errors")).then(
    (list) => new Map(list.map((one) => [one.code, one])),
    (error) => {
      table = undefined;
      throw error;
    },
  );
  return table;
}

export function useFaults(): Map<string, Fault> {
  return useResource(faults, []).data ?? new Map();
}

/** What happened, without the advice that the message ends with. */
export function happened(error: TaskError, fault: Fault | undefined): string {
  const { message } = error;
  return fault && message.endsWith(fault.advice) ? message.slice(0, -fault.advice.length).trim() : message;
}
