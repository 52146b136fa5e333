import { answer, api } from "@/api/client";
import type { HardwareConstraint } from "@/api/types";
import { Button } from "@/components/button";
import { ChoiceField, Field, TextField } from "@/components/field";
import type { Form } from "@/form/form";
import { useResource } from "@/live/resource";
import { AMOUNTS, machine } from "@/words/machines";
import "./machines.css";

const SCHEDULING = [
  { value: "", label: "Flexible: may be interrupted" },
  { value: "onDemand", label: "On demand: before flexible tasks" },
  { value: "reserved", label: "Reserved: on reserved machines" },
];

/** Which machines, in which order, how many at a time. */
export function Machines({ form }: { form: Form }) {
  const { draft, set, problem } = form;
  const catalogue = useResource(
    (signal) =>
      answer(api.GET("/hardware-constraints", { params: { query: { limit: "50" } } as never, signal })),
    [],
  );
  const offered = catalogue.data?.data ?? [];
  const open = offered.filter((one) => !draft.hardware.some((chosen) => same(chosen, one)));
  const put = (place: number, one: HardwareConstraint) =>
    set({ hardware: draft.hardware.map((before, index) => (index === place ? one : before)) });
  return (
    <>
      <Field
        label="Hardware constraints"
        hint="All must hold. The list has what the machines here can meet."
        problem={problem("hardware")}
      >
        {(id, described) => (
          <select
            id={id}
            class="input"
            aria-describedby={described}
            value=""
            onChange={(event) => {
              const one = open[Number(event.currentTarget.value)];
              if (one) set({ hardware: [...draft.hardware, one] });
              event.currentTarget.value = "";
            }}
          >
            <option value="">Add a constraint</option>
            {open.map((one, index) => (
              <option key={machine(one)} value={index}>
                {machine(one)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {draft.hardware.length > 0 && (
        <ul class="machines">
          {draft.hardware.map((one, place) => (
            <li key={place}>
              <Constraint one={one} change={(next) => put(place, next)} />
              <Button
                kind="quiet"
                icon="close"
                aria-label={`Remove ${machine(one)}`}
                onClick={() => set({ hardware: draft.hardware.filter((_, index) => index !== place) })}
              />
            </li>
          ))}
        </ul>
      )}
      <div class="basics-row">
        <ChoiceField
          label="Scheduling"
          value={draft.scheduling}
          change={(scheduling) => set({ scheduling })}
          options={SCHEDULING}
          problem={problem("scheduling")}
        />
        {draft.scheduling === "reserved" && (
          <TextField
            label="Reservation"
            value={draft.reservation}
            change={(reservation) => set({ reservation })}
            problem={problem("reservation")}
          />
        )}
        <TextField
          label="Instances at a time"
          type="number"
          min="0"
          value={draft.maxRunning}
          change={(maxRunning) => set({ maxRunning })}
          placeholder="as many as there is room for"
          problem={problem("maxRunning")}
        />
      </div>
    </>
  );
}

/** A constraint; its number, where it has one, may be another than in the list. */
function Constraint({ one, change }: { one: HardwareConstraint; change: (one: HardwareConstraint) => void }) {
  const amount = AMOUNTS[one.discriminator];
  if (!amount) return <span>{machine(one)}</span>;
  return (
    <span class="row">
      {amount.words}
      <input
        class="input"
        type="number"
        min="0"
        step="any"
        aria-label={`${amount.words}, ${amount.unit}`}
        value={Number(one[amount.field])}
        onInput={(event) => change({ ...one, [amount.field]: event.currentTarget.valueAsNumber || 0 })}
      />
      {amount.unit}
    </span>
  );
}

/** Whether a second of this kind would make no sense, or is the very same. */
function same(one: HardwareConstraint, other: HardwareConstraint): boolean {
  if (one.discriminator !== other.discriminator) return false;
  return Boolean(AMOUNTS[one.discriminator]) || machine(one) === machine(other);
}

export const toldMachines = ({ draft }: Form) =>
  [
    ...draft.hardware.map(machine),
    SCHEDULING.find((one) => draft.scheduling && one.value === draft.scheduling)?.label.split(":")[0],
    draft.maxRunning && `${draft.maxRunning} at a time`,
  ]
    .filter(Boolean)
    .join(", ") || "any machine";
