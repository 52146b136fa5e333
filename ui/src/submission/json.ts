import type { Submission } from "@/api/types";
import { masked } from "@/submission/body";

/** The submission as `POST /tasks` takes it, without the values of secrets. */
export const json = (sent: Submission) => `${JSON.stringify(masked(sent), null, 2)}\n`;
