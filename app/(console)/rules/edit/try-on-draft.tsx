"use client";

import { useMemo, useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { buildFacts } from "#core/rules/conditions/registry.ts";
import { explain } from "#core/rules/decide.ts";
import type { DecideInput } from "#core/rules/decide-input.ts";
import type { ModelChoice } from "../model-choices.ts";
import { TryAnswer } from "../try-answer.tsx";
import { TryForm } from "../try-form.tsx";
import { emptyTry, type TryInput } from "../try-input.ts";
import type { Checked } from "./check-text.ts";
import { testEntry } from "./test-entry.ts";

interface Props {
  checked: Checked;
  models: readonly ModelChoice[];
  /** Null: the text is read-only. */
  onAddTest: ((entry: string) => void) | null;
}

/** Explains the decision for a request under the text in the editor. */
export function TryOnDraft({ checked, models, onAddTest }: Props) {
  const [input, setInput] = useState(() => emptyTry(models));
  const { compiled } = checked;
  const answer = useMemo(
    () => (compiled && input.model.trim() !== "" ? explain(compiled, null, decideInput(input)) : null),
    [compiled, input],
  );
  const addTest = () => {
    if (!answer || !onAddTest) return;
    const { decision } = answer;
    onAddTest(testEntry(input, decision.kind === "override" ? decision.served : decision.requested));
  };
  return (
    <Panel title="Try a request" aside={<span className="text-ink3">on this text</span>}>
      <div className="space-y-3">
        <TryForm input={input} models={models} onChange={setInput} />
        {answer ? (
          <TryAnswer answer={answer} models={models} />
        ) : (
          <p className="text-xs text-ink2">{compiled ? "Name a model." : "Fix the errors to try a request."}</p>
        )}
        {onAddTest && answer ? (
          <Button onClick={addTest} className="w-full" title="Publishing checks every [[test]] of the text">
            Save as test
          </Button>
        ) : null}
      </div>
    </Panel>
  );
}

const decideInput = (input: TryInput): DecideInput => ({
  ...buildFacts(input),
  model: input.model.trim(),
  sessionKey: input.session,
  nowMs: input.at ? Date.parse(input.at) : Date.now(),
});
