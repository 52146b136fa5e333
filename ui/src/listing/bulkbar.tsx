import { useComputed, useSignal } from "@preact/signals";
import { api } from "@/api/client";
import { Progress } from "@/components/bar";
import { Button, ButtonLink } from "@/components/button";
import { confirmed } from "@/components/dialog";
import { Bulk, type Item } from "@/listing/bulk";
import type { Listing } from "@/listing/listing";
import type { Selection } from "@/listing/selection";
import { to } from "@/route";
import { count, counted } from "@/words/amounts";
import "./bulkbar.css";

type Work = (item: Item) => Promise<unknown>;

const at = ({ uuid }: Item) => ({ params: { path: { id: uuid } } });
const abort: Work = (item) => api.POST("/tasks/{id}/abort", at(item));
const drop: Work = (item) => api.DELETE("/tasks/{id}", at(item));
const clone: Work = (item) => api.POST("/tasks/{id}/clone", at(item));
const retry: Work = (item) => api.POST("/tasks/{id}/retry", at(item));

/** What can be done with the picked tasks, and how far it is. It floats over the foot of the page. */
export function BulkBar({ listing, selection }: { listing: Listing; selection: Selection }) {
  const bulk = useSignal<Bulk | null>(null);
  const chosen = useComputed(() => listing.rows.value.filter((row) => selection.has(row.uuid)));
  const number = selection.every.value ? (listing.total.value ?? 0) : selection.uuids.value.size;
  if (bulk.value)
    return (
      <section class="bulkbar" aria-label="Work on many tasks">
        <Working
          bulk={bulk.value}
          close={() => {
            bulk.value = null;
          }}
        />
      </section>
    );
  if (!number) return null;

  const begin = (verb: string, work: Work) => {
    bulk.value = new Bulk(verb);
    bulk.value.run(selection.every.value ? listing.every() : chosen.value, work).then(selection.clear);
  };
  const asked = async (verb: string, doing: string, text: string, work: Work) => {
    const what = counted(number, "task");
    if (await confirmed(`${verb} ${what}?`, text, `${verb} ${what}`)) begin(doing, work);
  };
  const total = listing.total.value ?? 0;
  return (
    <section class="bulkbar" aria-label="Selected tasks">
      <div class="row">
        <strong class="numbers">{count(number)} selected</strong>
        <Button kind="quiet" icon="close" aria-label="Clear the selection" onClick={selection.clear} />
        {!selection.every.value && total > number && (
          <Button
            kind="quiet"
            onClick={() => {
              selection.every.value = true;
            }}
          >
            Select all {count(total)} that match
          </Button>
        )}
      </div>
      <div class="row">
        <Button
          icon="stop"
          onClick={() =>
            asked("Abort", "Aborting", "Instances that run are stopped. Results so far stay.", abort)
          }
        >
          Abort
        </Button>
        <Button icon="retry" onClick={() => begin("Trying the failed instances again", retry)}>
          Retry failed
        </Button>
        <Button icon="copy" onClick={() => begin("Cloning", clone)}>
          Clone
        </Button>
        {number >= 2 && number <= 4 && !selection.every.value && (
          <ButtonLink icon="compare" href={to(["compare"], { tasks: [...selection.uuids.value].join(",") })}>
            Compare
          </ButtonLink>
        )}
        <Button
          kind="danger"
          icon="trash"
          onClick={() =>
            asked("Delete", "Deleting", "Their records and output are gone for good. Buckets stay.", drop)
          }
        >
          Delete
        </Button>
      </div>
    </section>
  );
}

function Working({ bulk, close }: { bulk: Bulk; close: () => void }) {
  const { verb, total, done, failed, over } = bulk.progress.value;
  const refused = failed.length ? `, ${count(failed.length)} refused` : "";
  return (
    <>
      <div class="row spread bulkbar-working">
        <span role="status" class="numbers">
          {verb}: {count(done)}
          {total === undefined ? ", listing the tasks…" : ` of ${count(total)}`}
          {refused}
        </span>
        {over ? (
          <Button onClick={close}>Close</Button>
        ) : (
          <Button icon="stop" onClick={bulk.stop}>
            Stop here
          </Button>
        )}
        <Progress value={(100 * done) / (total || 1)} label={verb} />
      </div>
      {failed.length > 0 && (
        <ul class="bulkbar-failed" aria-label="Refused">
          {failed.slice(0, 200).map((one) => (
            <li key={one.uuid}>
              {one.uuid ? <a href={to(["tasks", one.uuid])}>{one.name}</a> : one.name}: {one.why}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
