"use client";

import { useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { TextField } from "#app/_ui/field.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Popover } from "#app/_ui/popover.tsx";
import type { RangeView } from "#core/costs/chart-series.ts";
import { ownValue } from "#core/own-value.ts";
import { addDays } from "#core/time/instant.ts";
import { typedRange } from "../costs/url.ts";

const presets = [
  { text: "today", label: "Today" },
  { text: "7d", label: "Last 7 days" },
  { text: "30d", label: "Last 30 days" },
  { text: "mtd", label: "This month" },
  { text: "last-month", label: "Last month" },
  { text: "qtd", label: "This quarter" },
] as const;

const shortNames: Record<string, string> = { today: "Today", mtd: "Month", "last-month": "Last month", qtd: "Quarter" };

/** Fields of a view that select its days; a page without comparison has no `cmp`. */
interface RangeChoice {
  range: string;
  cmp?: "prev" | "none";
}

type Change = (part: Partial<RangeChoice>) => void;

/** Picker of the range of days and of the range to compare with. The reporting zone is shown beside it. */
export function RangePicker({
  view,
  range,
  previous,
  change,
}: {
  view: RangeChoice;
  range: RangeView | undefined;
  previous?: RangeView | null;
  change: Change;
}) {
  const [open, setOpen] = useState(false);
  const pick = (part: Partial<RangeChoice>) => {
    change(part);
    setOpen(false);
  };
  return (
    <Popover open={open} onOpenChange={setOpen} label="Range of days" trigger={buildTrigger(view, range, previous)}>
      <div className="w-[264px]">
        {presets.map((preset) => (
          <Choice
            key={preset.text}
            label={preset.label}
            isChosen={view.range === preset.text}
            onChoose={() => pick({ range: preset.text })}
          />
        ))}
        <div className="my-1 h-px bg-line" />
        <CustomRange key={range?.text} range={range} onPick={(text) => pick({ range: text })} />
        <div className="my-1 h-px bg-line" />
        {view.cmp === undefined ? null : (
          <Choice
            label={previous ? `Compare with ${previous.label}` : "Compare with the time before"}
            isChosen={view.cmp === "prev"}
            onChoose={() => pick({ cmp: view.cmp === "prev" ? "none" : "prev" })}
          />
        )}
        <p className="px-2 py-1.5 text-xs text-ink3">
          A day begins at midnight in <b className="font-medium text-ink2">{range?.zone ?? "the reporting zone"}</b>.
        </p>
      </div>
    </Popover>
  );
}

function buildTrigger(view: RangeChoice, range: RangeView | undefined, previous: RangeView | null | undefined) {
  const short =
    ownValue(shortNames, view.range) ?? (/^\d+d$/.test(view.range) ? view.range.replace("d", " d") : range?.label);
  return (
    <button
      type="button"
      className="tn flex h-8 min-w-0 items-center gap-2 whitespace-nowrap rounded-md border border-line bg-surface px-2.5 hover:bg-sunken"
    >
      <Icon name="calendar" className="size-3.5 text-ink3" />
      <span className="sr-only">Range: </span>
      <span className="hidden sm:inline">{range?.label ?? short}</span>
      <span className="sm:hidden">{short}</span>
      <span className="hidden text-ink3 md:inline">{range?.zone}</span>
      {previous ? <span className="hidden text-ink3 xl:inline">vs {previousName(view, previous)}</span> : null}
      <Icon name="down" className="size-3.5 text-ink3" />
    </button>
  );
}

const previousName = (view: RangeChoice, previous: RangeView): string =>
  /^\d+d$/.test(view.range) ? `previous ${view.range.replace("d", " d")}` : previous.label;

function Choice({ label, isChosen, onChoose }: { label: string; isChosen: boolean; onChoose: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className={cx(
        "flex min-h-8 w-full items-center gap-2 rounded-md px-2 text-left hover:bg-sunken",
        isChosen && "font-medium",
      )}
    >
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {isChosen ? <Icon name="check" className="size-3.5 text-accent" /> : null}
    </button>
  );
}

/** Form for a first and a last day, both included, or for words such as "last 3 days". */
function CustomRange({ range, onPick }: { range: RangeView | undefined; onPick: (text: string) => void }) {
  const [from, setFrom] = useState(range?.from ?? "");
  const [to, setTo] = useState(range ? addDays(range.to, -1) : "");
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = () => {
    const text = typed.trim() === "" ? dates(from, to) : typedRange(typed);
    if (text === null) setProblem(typed.trim() === "" ? "Choose two days, the earlier one first." : "Try: last 3 days");
    else onPick(text);
  };
  return (
    <form
      className="space-y-2 p-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="grid grid-cols-2 gap-2">
        <TextField label="From" type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
        <TextField label="To" type="date" value={to} onChange={(event) => setTo(event.target.value)} />
      </div>
      <TextField
        label="Or in words"
        placeholder="last 3 days"
        value={typed}
        error={problem}
        onChange={(event) => {
          setTyped(event.target.value);
          setProblem(null);
        }}
      />
      <Button type="submit" className="w-full">
        Show these days
      </Button>
    </form>
  );
}

/** Day after the last one, because addresses hold half-open ranges. */
function dates(from: string, to: string): string | null {
  if (!from || !to) return null;
  return typedRange(`${from}..${addDays(to, 1)}`);
}
