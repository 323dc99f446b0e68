import { cx } from "#app/_ui/cx.ts";
import type { AlertRuleView } from "./queries.ts";
import { formatSoFar, stateDetail } from "./words.ts";

const looks = {
  firing: { dot: "bg-danger", text: "font-medium text-danger" },
  "over-quiet": { dot: "bg-warn", text: "text-warn" },
  "over-waiting": { dot: "bg-warn", text: "text-warn" },
  ok: { dot: "bg-saved", text: "" },
  "not-enough": { dot: "bg-field", text: "text-ink3" },
  snoozed: { dot: "bg-warn", text: "text-warn" },
  off: { dot: "border-[1.5px] border-field", text: "text-ink3" },
  "not-judged": { dot: "bg-field", text: "text-ink3" },
} as const;

const words = {
  firing: "Firing",
  "over-quiet": "Beyond its bound",
  "over-waiting": "Beyond its bound",
  ok: "OK",
  "not-enough": "Not enough data",
  snoozed: "Snoozed",
  off: "Off",
  "not-judged": "Not judged yet",
} as const;

/** State of an alert: a light, its word, and since or until when. The word OK is never beside a value beyond the bound. */
export function StateMark({ rule, zone }: { rule: AlertRuleView; zone: string }) {
  const { state, firingSince } = rule;
  const detail = stateDetail(rule, zone);
  const since = state === "firing" && firingSince !== null ? formatSoFar(firingSince, Date.now()) : null;
  return (
    <>
      <span className={cx("flex items-center gap-2.5 whitespace-nowrap", looks[state].text)}>
        <Dot look={looks[state].dot} isGlowing={state === "firing"} />
        <span suppressHydrationWarning>
          {words[state]}
          {since === null ? null : ` ${since.replace(/^for /, "")}`}
        </span>
      </span>
      {detail === null ? null : <span className="block whitespace-nowrap text-2xs text-ink3">{detail}</span>}
    </>
  );
}

/** Light before a state. */
export function Dot({ look, isGlowing }: { look: string; isGlowing?: boolean }) {
  return (
    <span aria-hidden="true" className="relative flex size-2 flex-none">
      {isGlowing ? <span className={cx("absolute inset-0 scale-[1.9] rounded-full opacity-30", look)} /> : null}
      <span className={cx("relative size-2 rounded-full", look)} />
    </span>
  );
}
