"use client";

import { type ReactNode, useState } from "react";
import { Button, IconButton } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { formatCounted } from "#core/report/plural.ts";
import { dayLabel } from "#core/time/range.ts";
import { BudgetBars } from "../_parts/budget-bars.tsx";
import { limitWords, otherLimitWords } from "../_parts/limit-words.ts";
import { type Holder, holderWords } from "./holder.ts";
import { HolderLimitsDialog } from "./holder-limits-dialog.tsx";
import type { HolderView, LimitsView } from "./queries.ts";

/** Limits shared by many keys: the default for people, and those of teams and projects. */
export function LimitsPanel({ view }: { view: LimitsView }) {
  const [open, setOpen] = useState<Holder | null>(null);
  const { period, defaultForPeople, organisation } = view;
  const heldByDefault = view.people.filter(({ source, isDisabled }) => source === "default" && !isDisabled).length;
  const activePeople = view.people.filter(({ isDisabled }) => !isDisabled).length;
  return (
    <Panel
      title="Limits"
      flush
      aside={
        <>
          <span className="text-ink3">
            this month, until {dayLabel(period.toDay, period.fromDay.slice(0, 4))} 00:00 {period.zone}
          </span>
          <Button onClick={() => setOpen({ kind: "team", name: "", limits: null })}>Add limits</Button>
        </>
      }
    >
      <div className="pb-1 pt-1">
        <OrganisationLimits organisation={organisation} onOpen={setOpen} />
        <Group title="Default">
          <li className="flex items-start gap-3 py-2.5 pl-4 pr-2 lg:pl-5 lg:pr-3">
            <div className="min-w-0 flex-1">
              <p className="font-medium">People without individual limits</p>
              <p className="text-xs text-ink2">
                {defaultForPeople
                  ? `${limitWords(defaultForPeople).join(" · ")} · applies to ${heldByDefault} of ${formatCounted(activePeople, "person", "people")}`
                  : "No limits. A default also applies to people who join later."}
              </p>
            </div>
            <Change holder={{ kind: "everybody", name: "", limits: defaultForPeople }} onOpen={setOpen} />
          </li>
        </Group>
        <Holders kind="team" title="Teams" holders={view.teams} onOpen={setOpen} />
        <Holders kind="project" title="Projects" holders={view.projects} onOpen={setOpen} />
      </div>
      <HolderLimitsDialog holder={open} view={view} onClose={() => setOpen(null)} />
    </Panel>
  );
}

/** Limits of all requests together. */
function OrganisationLimits({
  organisation,
  onOpen,
}: {
  organisation: LimitsView["organisation"];
  onOpen: (holder: Holder) => void;
}) {
  return (
    <Group title="Organisation">
      <li className="flex items-start gap-3 py-2.5 pl-4 pr-2 lg:pl-5 lg:pr-3">
        <div className="grid min-w-0 flex-1 gap-x-6 gap-y-1 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_minmax(0,1.4fr)]">
          <p className="font-medium">All requests together</p>
          {organisation ? (
            <>
              <BudgetBars limits={organisation.limits} spent={organisation.spent} />
              <p className="text-xs text-ink2 sm:col-start-3">{otherLimitWords(organisation.limits).join(" · ")}</p>
            </>
          ) : (
            <p className="text-xs text-ink2">No limits.</p>
          )}
        </div>
        <Change holder={{ kind: "organisation", name: "", limits: organisation?.limits ?? null }} onOpen={onOpen} />
      </li>
    </Group>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={`Limits: ${title}`}>
      <h3 className="border-b border-line px-4 pb-1 pt-2.5 text-xs text-ink3 lg:px-5">{title}</h3>
      <ul className="divide-y divide-line">{children}</ul>
    </section>
  );
}

function Holders({
  kind,
  title,
  holders,
  onOpen,
}: {
  kind: "team" | "project";
  title: string;
  holders: readonly HolderView[];
  onOpen: (holder: Holder) => void;
}) {
  return (
    <Group title={title}>
      {holders.length === 0 ? (
        <li className="px-4 py-2.5 text-ink2 lg:px-5">No {kind} has limits.</li>
      ) : (
        holders.map(({ name, limits, spent }) => (
          <li key={name} className="flex items-start gap-3 py-2.5 pl-4 pr-2 lg:pl-5 lg:pr-3">
            <div className="grid min-w-0 flex-1 gap-x-6 gap-y-1 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_minmax(0,1.4fr)]">
              <p className="truncate" title={name}>
                <Link
                  href={paths.costs({ range: "mtd", [kind]: name })}
                  className="font-medium hover:text-accent hover:underline"
                >
                  <bdi>{name}</bdi>
                </Link>
              </p>
              <BudgetBars limits={limits} spent={spent} />
              <p className="text-xs text-ink2 sm:col-start-3">{otherLimitWords(limits).join(" · ")}</p>
            </div>
            <Change holder={{ kind, name, limits }} onOpen={onOpen} />
          </li>
        ))
      )}
    </Group>
  );
}

function Change({ holder, onOpen }: { holder: Holder; onOpen: (holder: Holder) => void }) {
  return (
    <IconButton label={`Limits of ${holderWords(holder)}`} onClick={() => onOpen(holder)}>
      <Icon name="settings" />
    </IconButton>
  );
}
