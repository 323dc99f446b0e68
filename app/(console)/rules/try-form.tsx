"use client";

import { useState } from "react";
import { SelectField, TextAreaField, TextField } from "#app/_ui/field.tsx";
import type { ModelChoice } from "./model-choices.ts";
import { readHeaderLines, type TryInput } from "./try-input.ts";

interface Props {
  input: TryInput;
  models: readonly ModelChoice[];
  onChange: (input: TryInput) => void;
}

/** Form that describes a request: model first, rare conditions folded. */
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
        value={kindOf(input)}
        onChange={(event) => set(kinds[event.target.value as Kind] ?? kinds.main)}
      >
        <option value="main">main thread</option>
        <option value="agent">sub-agent</option>
        <option value="title">title of a session</option>
      </SelectField>
      <details className="col-span-2">
        <summary className="min-h-6 text-xs font-medium text-accent">Key, headers, path, size, time, tools</summary>
        <MoreFields input={input} set={set} />
      </details>
    </div>
  );
}

function MoreFields({ input, set }: { input: TryInput; set: (change: Partial<TryInput>) => void }) {
  return (
    <div className="mt-2 grid grid-cols-2 gap-3">
      <TextField
        label="Proxy key"
        placeholder="name or id"
        value={input.key ?? ""}
        onChange={(event) => set({ key: event.target.value || null })}
      />
      <TextField
        label="Path"
        className="font-mono text-xs"
        placeholder="/v1/messages"
        spellCheck={false}
        autoComplete="off"
        value={input.path ?? ""}
        onChange={(event) => set({ path: event.target.value || null })}
      />
      <div className="col-span-2">
        <HeaderLines onChange={(headers) => set({ headers })} />
      </div>
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

type Kind = "main" | "agent" | "title";

const kinds: Record<Kind, Pick<TryInput, "subagent" | "titleLike">> = {
  main: { subagent: false, titleLike: false },
  agent: { subagent: true, titleLike: false },
  title: { subagent: false, titleLike: true },
};

const kindOf = ({ subagent, titleLike }: TryInput): Kind => (titleLike ? "title" : subagent ? "agent" : "main");

/** Field for headers that keeps the typed text and reports the parsed headers. */
function HeaderLines({ onChange }: { onChange: (headers: Record<string, string>) => void }) {
  const [text, setText] = useState("");
  return (
    <TextAreaField
      label="Headers"
      rows={2}
      className="font-mono text-xs"
      placeholder="x-cco-stage: beta"
      spellCheck={false}
      autoComplete="off"
      maxLength={4000}
      hint="One a line. Credentials are never looked at."
      error={readHeaderLines(text).problem}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(readHeaderLines(event.target.value).headers);
      }}
    />
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
