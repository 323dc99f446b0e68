"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { sendJson } from "#app/_data/get-json.ts";
import { useForm } from "#app/_data/use-form.ts";
import { Dialog } from "#app/_ui/dialog.tsx";
import { SelectField } from "#app/_ui/field.tsx";
import { DialogForm } from "#app/_ui/form.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import type { PurgeChoices } from "#core/cache/cache-overview.ts";
import type { PurgeTarget } from "#core/cache/purges.ts";
import { shortModel } from "#core/costs/model-key.ts";
import type { CacheSharing } from "#core/rules/rule-set.ts";
import { cacheQueries } from "./queries.ts";

const kinds = [
  { value: "model", label: "Responses of one model" },
  { value: "person", label: "Responses to one person" },
  { value: "all", label: "Everything" },
] as const;
type Kind = (typeof kinds)[number]["value"];

/** The chosen purge target, possibly incomplete. */
interface Choice {
  kind: Kind;
  model: string;
  personId: string;
}

/** Purges stored responses on every instance, after stating what that means. */
export function PurgeDialog({ scope, onClose }: { scope: CacheSharing | undefined; onClose: () => void }) {
  const queries = useQueryClient();
  const { data: choices } = useQuery(cacheQueries.choices());
  const form = useForm<Choice>({ kind: "model", model: "", personId: "" }, async (values) => {
    await sendJson("POST", "/api/cache/purge", toTarget(completed(values, choices)));
    toast("Responses purged", { description: "Every instance follows within a second." });
    await queries.invalidateQueries({ queryKey: cacheQueries.all() });
    onClose();
  });
  const choice = completed(form.values, choices);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Purge the response cache?"
      description="Purged responses are requested from the provider again, and paid again."
    >
      <DialogForm
        form={form}
        submit={choice.kind === "all" ? "Purge everything" : "Purge these responses"}
        look="danger"
        isIncomplete={toTarget(choice) === null}
        onCancel={onClose}
        className="space-y-3"
      >
        <KindChoice kind={choice.kind} onChange={(kind) => form.set({ kind })} />
        <TargetChoice choice={choice} choices={choices} scope={scope} onChange={form.set} />
      </DialogForm>
    </Dialog>
  );
}

function KindChoice({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
  return (
    <fieldset className="space-y-1">
      <legend className="mb-1 font-medium">What to purge</legend>
      {kinds.map(({ value, label }) => (
        <label key={value} className="flex min-h-8 cursor-pointer items-center gap-2">
          <input
            type="radio"
            name="kind"
            checked={kind === value}
            onChange={() => onChange(value)}
            className="size-4 accent-[var(--accent)]"
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

function TargetChoice({
  choice,
  choices,
  scope,
  onChange,
}: {
  choice: Choice;
  choices: PurgeChoices | undefined;
  scope: CacheSharing | undefined;
  onChange: (part: Partial<Choice>) => void;
}) {
  if (choice.kind === "all") return null;
  if (choice.kind === "model") {
    return (
      <SelectField
        label="Model"
        value={choice.model}
        onChange={(event) => onChange({ model: event.target.value })}
        hint={choices?.models.length === 0 ? "No model was looked up in the last month." : undefined}
      >
        {choices?.models.map((id) => (
          <option key={id} value={id}>
            {shortModel(id)}
          </option>
        ))}
      </SelectField>
    );
  }
  return (
    <SelectField
      label="Person"
      value={choice.personId}
      onChange={(event) => onChange({ personId: event.target.value })}
      hint={scope === "project" ? "Responses shared within a project have no owner and are kept." : undefined}
    >
      {choices?.people.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

/** The choice with the first model and person where none is chosen yet. */
const completed = ({ kind, model, personId }: Choice, choices: PurgeChoices | undefined): Choice => ({
  kind,
  model: model || (choices?.models[0] ?? ""),
  personId: personId || (choices?.people[0]?.id ?? ""),
});

/** The purge target; null while the choice is incomplete. */
function toTarget({ kind, model, personId }: Choice): PurgeTarget | null {
  if (kind === "all") return { kind };
  if (kind === "model") return model === "" ? null : { kind, model };
  return personId === "" ? null : { kind, personId };
}
