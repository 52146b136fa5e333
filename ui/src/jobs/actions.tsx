import { api } from "@/api/client";
import type { Job } from "@/api/types";
import { Button } from "@/components/button";
import { confirmed } from "@/components/dialog";
import { act } from "@/components/toast";
import { go } from "@/route";
import { counted } from "@/words/amounts";

/** What can be done with a job as it is now. */
export function JobActions({ job, reload }: { job: Job; reload: () => void }) {
  const path = { id: job.uuid };
  const open = job.unfinishedTaskCount;
  const terminate = async () => {
    const text = open
      ? `${counted(open, "task")} of it will be cancelled, and it takes no more tasks.`
      : "It takes no more tasks.";
    if (!(await confirmed(`Terminate ${job.name}?`, text, "Terminate"))) return;
    await act(() => api.POST("/jobs/{id}/terminate", { params: { path } }), "The job is being terminated");
    reload();
  };
  const forget = async () => {
    const text = open
      ? `${counted(open, "task")} of it will be cancelled, then the job is deleted with all its tasks. Buckets stay.`
      : "The job is deleted with all its tasks. Buckets stay.";
    if (!(await confirmed(`Delete ${job.name}?`, text, "Delete"))) return;
    const query = { force: [String(open > 0)] };
    if (await act(() => api.DELETE("/jobs/{id}", { params: { path, query } }), "The job was deleted"))
      go(["jobs"]);
  };
  return (
    <>
      {job.state === "Active" && (
        <Button icon="stop" onClick={terminate}>
          Terminate
        </Button>
      )}
      {job.state !== "Deleting" && (
        <Button icon="trash" kind="danger" onClick={forget}>
          Delete
        </Button>
      )}
    </>
  );
}
