import { api } from "@/api/client";
import { Button } from "@/components/button";
import { act } from "@/components/toast";
import { useTask } from "@/task/view";
import { final } from "@/words/states";

/** What can be done with the task as it is now. */
export function Actions() {
  const { task, reload } = useTask();
  const params = { path: { id: task.uuid } };
  const abort = async () => {
    await act(() => api.POST("/tasks/{id}/abort", { params }), "The task is being stopped");
    reload();
  };
  return (
    <>
      {!final(task.state) && (
        <Button icon="stop" onClick={abort}>
          Abort
        </Button>
      )}
    </>
  );
}
