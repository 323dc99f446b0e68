"use client";

import { useMemo, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { leaveFor, useForm } from "#app/_data/use-form.ts";
import { Button, LinkButton } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Form, FormFailure } from "#app/_ui/form.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { ModelName, RouteMark } from "#app/_ui/route-mark.tsx";
import { paths } from "#app/paths.ts";
import { formatCounted } from "#core/report/plural.ts";
import {
  commented,
  type StarterRule,
  starterState,
  starterTable,
  withStarterRules,
} from "#core/rules/starter-rules.ts";
import type { BaseVersion } from "./queries.ts";
import { stepLead, templateWords } from "./template-words.ts";
import { MachineText, Wizard } from "./wizard.tsx";

/**
 * Step with three rule templates, each as the live rules have it: all off at first. Continuing without a change publishes nothing. Long because what is chosen decides
 * what is shown, published and refused.
 */
export function RuleStep({
  rules,
  live,
  isPaused,
  file,
  priceDay,
}: {
  rules: readonly StarterRule[];
  live: BaseVersion;
  /** Overrides are off in the live version. */
  isPaused: boolean;
  file: { name: string; isReadOnly: boolean };
  priceDay: string;
}) {
  const states = useMemo(
    () => new Map(rules.map((rule) => [rule.id, starterState(live.toml, rule)])),
    [rules, live.toml],
  );
  const before = rules.filter(({ id }) => states.get(id) !== "off").map(({ id }) => id);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(before));
  const names = rules.filter(({ id }) => chosen.has(id)).map(({ name }) => name);
  const isChanged = rules.some(({ id }) => chosen.has(id) !== before.includes(id));
  const next = (live.number ?? 0) + 1;
  const form = useForm({}, async () => {
    const toml = withStarterRules(live.toml, rules, chosen);
    const comment = `First run: ${names.join(", ") || "no template"}`;
    if (isChanged) await sendJson("POST", "/api/rules/publish", { toml, comment, basedOn: live.number });
    await leaveFor(paths.connect({ first: "1" }));
  });
  const toggle = (id: string) => {
    const changed = new Set(chosen);
    if (!changed.delete(id)) changed.add(id);
    setChosen(changed);
  };
  const held = names.length === 0 ? "without a template" : `with ${countWords(names.length)}`;
  const button = isChanged ? `Publish v${next} ${held}` : names.length === 0 ? "Continue without a rule" : "Continue";
  return (
    <Wizard
      step={3}
      title="A first rule"
      lead={stepLead(isPaused)}
      aside={
        <Preview
          rules={rules}
          chosen={chosen}
          live={live.toml}
          title={file.name}
          version={isChanged ? next : live.number}
          isPaused={isPaused}
          priceDay={priceDay}
        />
      }
    >
      <Form form={form} className="">
        <section className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {rules.map((rule) => (
            <Template
              key={rule.id}
              rule={rule}
              isOn={chosen.has(rule.id)}
              isEdited={states.get(rule.id) === "edited"}
              onToggle={() => toggle(rule.id)}
            />
          ))}
        </section>
        <p className="mt-3 text-xs text-ink2">
          Each starts with 10% of new sessions; the other 90% keep their model and can be compared. There is no traffic
          yet, so no dollars are shown.
        </p>
        <FormFailure form={form} className="mt-3" />
        {form.problem.reasons ? (
          <Link href={paths.rules()} className="mt-1 inline-flex min-h-6 items-center text-xs font-medium text-accent">
            Open rules
          </Link>
        ) : null}
        <div className="mt-5 flex flex-wrap gap-2">
          <LinkButton href={paths.firstRun()}>Back</LinkButton>
          <span className="flex-1" />
          <Button
            type="submit"
            look="solid"
            busy={form.busy}
            why={
              file.isReadOnly && isChanged
                ? "The rules file is read-only here: change it where it is deployed from."
                : null
            }
          >
            {button}
          </Button>
        </div>
      </Form>
    </Wizard>
  );
}

/** What the file says of the templates in a version, those that are off as comments. */
function Preview({
  rules,
  chosen,
  live,
  title,
  version,
  isPaused,
  priceDay,
}: {
  rules: readonly StarterRule[];
  chosen: ReadonlySet<string>;
  /** The live text: a template that was edited is shown as it stands there. */
  live: string;
  title: string;
  /** The version shown: the live one, or the next. */
  version: number | null;
  isPaused: boolean;
  priceDay: string;
}) {
  const on = rules.filter(({ id }) => chosen.has(id)).length;
  const words = templateWords({ on, all: rules.length, version, isPaused });
  return (
    <>
      <h2 className="mb-2 font-semibold">{words.title}</h2>
      <MachineText title={title} note={words.note}>
        {rules.map((rule) => (
          <span
            key={rule.id}
            className={cx("-mx-3.5 block px-3.5 pb-4", chosen.has(rule.id) ? "bg-savedsoft pt-1" : "text-ink3")}
          >
            {chosen.has(rule.id) ? (starterTable(live, rule) ?? rule.toml) : commented(rule.toml)}
          </span>
        ))}
      </MachineText>
      <p className="text-xs text-ink2">
        Prices: table of {priceDay}. Percent on the same tokens; a different model may need more or fewer.
      </p>
    </>
  );
}

/** One template with its switch: what it would change, cost and skip. One that was edited is changed in Rules only. */
function Template({
  rule,
  isOn,
  isEdited,
  onToggle,
}: {
  rule: StarterRule;
  isOn: boolean;
  isEdited: boolean;
  onToggle: () => void;
}) {
  return (
    <div className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 px-4 py-3.5">
      <div>
        {rule.from === "opus" ? (
          <RouteMark from={rule.from} to={rule.to} fromTier={rule.fromTier} toTier={rule.toTier} />
        ) : (
          <span className="inline-flex flex-wrap items-center gap-x-2 font-mono text-xs">
            any model
            <Icon name="arrow" className="size-3.5" />
            <ModelName model={rule.to} tier={rule.toTier} />
          </span>
        )}
        <h2 className="mt-0.5 font-semibold">{rule.name}</h2>
      </div>
      {isEdited ? (
        <span className="text-xs text-ink2">Edited in Rules</span>
      ) : (
        <Switch label={rule.name} isOn={isOn} onToggle={onToggle} />
      )}
      <dl className="col-span-2 mt-1 grid grid-cols-[88px_1fr] gap-x-3 gap-y-1 text-xs sm:grid-cols-[104px_1fr]">
        <dt className="text-ink3">Would change</dt>
        <dd>{rule.wouldChange}</dd>
        <dt className="text-ink3">Price</dt>
        <dd className="tn">{rule.price}</dd>
        <dt className="text-ink3">Skips</dt>
        <dd className="text-ink2">{rule.skips}</dd>
      </dl>
    </div>
  );
}

const countWords = (count: number): string => formatCounted(count, "rule");

function Switch({ label, isOn, onToggle }: { label: string; isOn: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      onClick={onToggle}
      className="flex min-h-8 items-center gap-2 self-start text-xs text-ink2"
    >
      {isOn ? "On" : "Off"}
      <span className={cx("relative h-[18px] w-[30px] rounded-full", isOn ? "bg-saved" : "bg-field")}>
        <span className={cx("absolute top-0.5 size-3.5 rounded-full bg-surface", isOn ? "left-3.5" : "left-0.5")} />
      </span>
    </button>
  );
}
