"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Panel } from "#app/_ui/panel.tsx";
import type { ModelChoice } from "./model-choices.ts";
import { ruleQueries } from "./queries.ts";
import { TryAnswer } from "./try-answer.tsx";
import { TryForm } from "./try-form.tsx";
import { emptyTry } from "./try-input.ts";

/** Explains the decision for a request under the live rules. */
export function TryOnLive({ models, live }: { models: readonly ModelChoice[]; live: number | null }) {
  const [input, setInput] = useState(() => emptyTry(models));
  const asked = useDeferredValue(input);
  const { data, error } = useQuery({
    ...ruleQueries.tried(asked),
    enabled: asked.model.trim() !== "",
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title="Try a request" aside={<span className="font-mono text-ink3">{live === null ? "" : `v${live}`}</span>}>
      <div className="space-y-3">
        <TryForm input={input} models={models} onChange={setInput} />
        {error ? (
          <p role="alert" className="text-danger">
            {error.message}
          </p>
        ) : data ? (
          <TryAnswer answer={data} models={models} />
        ) : (
          <div aria-hidden="true" className="skeleton h-16" />
        )}
      </div>
    </Panel>
  );
}
