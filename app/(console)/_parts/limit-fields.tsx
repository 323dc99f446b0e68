import type { FormProblem } from "#app/_data/field-errors.ts";
import { SelectField, TextField } from "#app/_ui/field.tsx";
import type { KeyEndpoints } from "#core/access/key-limits.ts";
import type { LimitsForm } from "./limits-form.ts";

/**
 * Fields for the limits of a proxy key, person, team or project. Every field may stay empty. Long because it is one
 * list: each field with its words.
 */
export function LimitFields({
  form,
  problem,
  onChange,
}: {
  form: LimitsForm;
  problem: FormProblem;
  onChange: (form: LimitsForm) => void;
}) {
  const set = (name: keyof LimitsForm) => (event: { target: { value: string } }) =>
    onChange({ ...form, [name]: event.target.value });
  /** `sentAs`: the name by which the server knows the field. */
  const numberIn = (name: keyof LimitsForm, sentAs: string = name) => ({
    className: "tn",
    value: form[name],
    error: problem.fields[sentAs],
    onChange: set(name),
  });
  return (
    <div className="space-y-4">
      <SelectField
        label="Endpoints"
        value={form.endpoints}
        error={problem.fields.endpoints}
        onChange={(event) => onChange({ ...form, endpoints: event.target.value as KeyEndpoints })}
      >
        <option value="all">All endpoints, including files and batches</option>
        <option value="messages">Only what Claude Code uses: messages, token counts, models</option>
      </SelectField>
      <TextField
        label="Models (optional)"
        placeholder="haiku, claude-sonnet-5-5"
        spellCheck={false}
        autoComplete="off"
        className="font-mono"
        value={form.models}
        error={modelsProblem(problem)}
        hint="Ids, families or patterns such as claude-*-5-5; empty is every model. Naming some closes batches, whose models cannot be checked."
        onChange={set("models")}
      />
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField
          label="Dollars per month"
          inputMode="decimal"
          placeholder="no budget"
          hint="When they are spent, requests are refused until the month ends in the reporting zone. A budget closes batches, whose cost is not counted yet."
          {...numberIn("monthlyBudget", "monthlyBudgetNanoUsd")}
        />
        <TextField
          label="Plan value per month"
          inputMode="decimal"
          placeholder="no budget"
          hint="In dollars at the prices in force, of requests that a Claude subscription pays."
          {...numberIn("monthlyPlan", "monthlyPlanNanoUsd")}
        />
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField
          label="Requests per minute"
          inputMode="numeric"
          placeholder="no limit"
          hint="More are refused with 429 and a retry-after time."
          {...numberIn("requestsPerMinute")}
        />
        <TextField
          label="Concurrent requests"
          inputMode="numeric"
          placeholder="no limit"
          hint="In flight at the same time."
          {...numberIn("openRequestsMax")}
        />
      </div>
    </div>
  );
}

/** First problem among the entries of a list field: the server names the entry (`models.3`), the form has one field. */
function modelsProblem({ fields }: FormProblem): string | undefined {
  const name = Object.keys(fields).find((field) => field === "models" || field.startsWith("models."));
  return name === undefined ? undefined : fields[name];
}
