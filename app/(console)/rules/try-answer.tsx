import { Icon } from "#app/_ui/icon.tsx";
import { ModelName, RouteMark } from "#app/_ui/route-mark.tsx";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import type { Explanation, TraceStep } from "#core/rules/decide.ts";
import { type ModelChoice, tierAmong } from "./model-choices.ts";

/** Selects the steps to list; rules about other models are only counted. */
const isListed = (step: TraceStep): boolean => step.outcome !== "other-model";

/** Served model, and each tried rule with the condition that failed. */
export function TryAnswer({ answer, models }: { answer: Explanation; models: readonly ModelChoice[] }) {
  const { decision, trace, sentence } = answer;
  const listed = trace.map((step, index) => ({ step, position: index + 1 })).filter(({ step }) => isListed(step));
  const others = trace.length - listed.length;
  const tier = (id: string) => tierAmong(models, id);
  return (
    <div aria-live="polite">
      <div className="rounded-md bg-sunken px-3 py-2.5">
        {decision.kind === "override" ? (
          <RouteMark
            from={decision.requested}
            to={decision.served}
            fromTier={tier(decision.requested)}
            toTier={tier(decision.served)}
          />
        ) : (
          <span className="inline-flex items-center gap-2">
            <ModelName model={decision.requested} tier={tier(decision.requested)} />
            <span className="text-xs text-ink2">as requested</span>
          </span>
        )}
        <p className="mt-1 text-xs text-ink2">{sentence}</p>
      </div>
      {listed.length > 0 || others > 0 ? (
        <ol className="mt-2 space-y-1.5 text-xs">
          {listed.map(({ step, position }) => (
            <li key={`${step.ruleId}-${step.line}`} className="flex items-start gap-2">
              <span className={`mt-0.5 ${step.outcome === "matched" ? "text-saved" : "text-ink3"}`}>
                <Icon name={step.outcome === "matched" ? "check" : "x"} className="size-3.5" />
              </span>
              <span className="min-w-0 break-words">
                <span className="text-ink3">
                  Rule {position}, line {step.line}
                  {step.note ? `, ${step.note}` : ""}:
                </span>{" "}
                {step.detail}
              </span>
            </li>
          ))}
          {others > 0 ? (
            <li className="text-ink3">
              {formatCounted(others, "rule")} {pluralize(others, "is", "are")} about other models.
            </li>
          ) : null}
        </ol>
      ) : null}
    </div>
  );
}
