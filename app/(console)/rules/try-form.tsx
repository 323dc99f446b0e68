"use client";

import { SelectField, TextField } from "#app/_ui/field.tsx";
import type { ModelChoice } from "./model-choices.ts";
import type { TryInput } from "./try-input.ts";

interface Props {
  input: TryInput;
  models: readonly ModelChoice[];
  onChange: (input: TryInput) => void;
}

/** A request described by hand: the model first, what rules rarely ask for behind "More". */
export function TryForm({ input, models, onChange }: Props) {
  const set = (change: Partial<TryInput>) => onChange({ ...input, ...change });
  return (
    <div className="grid grid-cols-2 gap-3">
      <div className="col-span-2">
        <TextField
          label="Model"
          list="try-models"
          className="font-mono text-xs"
          spellCheck={false}
          autoComplete="off"
          value={input.model}
          onChange={(event) => set({ model: event.target.value })}
        />
        <datalist id="try-models">
          {models.map((model) => (
            <option key={model.id} value={model.id} />
          ))}
        </datalist>
      </div>
      <TextField
        label="Project"
        placeholder="default"
        value={input.project ?? ""}
        onChange={(event) => set({ project: event.target.value || null })}
      />
      <TextField
        label="Team"
        placeholder="any"
        value={input.team ?? ""}
        onChange={(event) => set({ team: event.target.value || null })}
      />
      <TextField
        label="Person"
        placeholder="e-mail or id"
        value={input.person ?? ""}
        onChange={(event) => set({ person: event.target.value || null })}
      />
      <SelectField
        label="From"
        value={input.subagent ? "agent" : "main"}
        onChange={(event) => set({ subagent: event.target.value === "agent" })}
      >
        <option value="main">main thread</option>
        <option value="agent">sub-agent</option>
      </SelectField>
      <details className="col-span-2">
        <summary className="min-h-6 text-xs font-medium text-accent">Prompt size, time, session, tools</summary>
        <MoreFields input={input} set={set} />
      </details>
    </div>
  );
}

function MoreFields({ input, set }: { input: TryInput; set: (change: Partial<TryInput>) => void }) {
  return (
    <div className="mt-2 grid grid-cols-2 gap-3">
      <TextField
        label="Prompt tokens"
        inputMode="numeric"
        placeholder="unknown"
        value={input.promptTokens ?? ""}
        onChange={(event) => set({ promptTokens: wholeNumber(event.target.value) })}
      />
      <TextField
        label="Session"
        value={input.session ?? ""}
        onChange={(event) => set({ session: event.target.value || null })}
      />
      <div className="col-span-2">
        <TextField
          label="Time"
          type="datetime-local"
          hint="In this browser's zone. Empty: now."
          onChange={(event) => set({ at: instantOf(event.target.value) })}
        />
      </div>
      <Tick label="Has tools" isOn={input.hasTools} onChange={(hasTools) => set({ hasTools })} />
      <Tick label="Thinks" isOn={input.hasThinking} onChange={(hasThinking) => set({ hasThinking })} />
    </div>
  );
}

function Tick({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="flex min-h-8 items-center gap-2">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

function wholeNumber(text: string): number | null {
  const digits = text.replace(/\D/g, "").slice(0, 8);
  return digits === "" ? null : Number(digits);
}

function instantOf(text: string): string | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
