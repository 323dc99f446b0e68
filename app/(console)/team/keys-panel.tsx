"use client";

import { type ReactNode, useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Card, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { BudgetBars } from "../_parts/budget-bars.tsx";
import { limitWords, otherLimitWords } from "../_parts/limit-words.ts";
import { RevokeKey } from "../_parts/revoke-key.tsx";
import { ChangeLimits } from "./change-limits.tsx";
import { IssueKeyDialog } from "./issue-key-dialog.tsx";
import type { LimitsView, OwnIssuingView, ProxyKeyView, TeamPerson } from "./queries.ts";

/**
 * Proxy keys of the installation with owner, attribution and last use. Long because the table, what is hidden of it and
 * the dialog are one panel.
 */
export function KeysPanel({
  keys,
  people,
  limits,
  issuing,
}: {
  keys: readonly ProxyKeyView[];
  people: readonly TeamPerson[];
  limits: LimitsView;
  issuing: OwnIssuingView;
}) {
  const [isIssuing, setIssuing] = useState(false);
  const [showsDead, setShowsDead] = useState(false);
  const live = keys.filter((key) => key.state === "live");
  const shown = showsDead ? keys : live;
  const deadCount = keys.length - live.length;
  return (
    <Panel
      title="Proxy keys"
      flush
      aside={
        <>
          {deadCount > 0 ? (
            <button
              type="button"
              aria-pressed={showsDead}
              onClick={() => setShowsDead(!showsDead)}
              className="min-h-6 font-medium text-accent"
            >
              {showsDead ? "Hide inactive keys" : `Show ${deadCount} inactive`}
            </button>
          ) : null}
          <Button
            why={issuing.mayIssueForOthers ? null : "Only owners issue keys for others here."}
            onClick={() => setIssuing(true)}
          >
            Issue key
          </Button>
        </>
      }
    >
      <KeyTable
        keys={shown}
        limits={limits}
        empty={
          <Empty icon="key" title={keys.length === 0 ? "No proxy key yet" : "No active proxy key"}>
            People make their own on the Connect page. Issue one here for a pipeline or for another person.
          </Empty>
        }
      />
      {isIssuing ? (
        <IssueKeyDialog onClose={() => setIssuing(false)} people={people} limits={limits} issuing={issuing} />
      ) : null}
    </Panel>
  );
}

/** Long because it is one table: a column per entry. */
function KeyTable({ keys, limits, empty }: { keys: readonly ProxyKeyView[]; limits: LimitsView; empty: ReactNode }) {
  return (
    <DataTable
      label="Proxy keys"
      rows={keys}
      rowKey={(key) => key.id}
      rowClassName={(key) => key.state !== "live" && "text-ink3"}
      empty={empty}
      columns={[
        { name: "Key", className: "max-w-[200px]", cell: (key) => <KeyName proxyKey={key} /> },
        {
          name: "Owner",
          className: "max-w-[140px]",
          cell: (key) => (key.person ? <Name text={key.person.name} /> : "Unassigned"),
        },
        {
          name: "Team / project",
          className: "max-w-[190px] text-ink2",
          cell: (key) => (
            <>
              <Name text={countedFor(key)} />
              {key.attribution === "free" ? (
                <span className="block text-xs text-ink3">or what requests name</span>
              ) : null}
            </>
          ),
        },
        {
          name: "Limits",
          className: "max-w-[240px] text-ink2",
          cell: (key) => <Limits proxyKey={key} limits={limits} />,
        },
        { name: "Created", className: "text-ink2", cell: (key) => <Ago at={key.createdAt} suffix=" ago" /> },
        {
          name: "Last used",
          className: "text-ink2",
          cell: (key) => (key.lastUsedAt ? <Ago at={key.lastUsedAt} suffix=" ago" /> : "never"),
        },
        {
          name: "Expires",
          className: "text-ink2",
          cell: (key) =>
            key.expiresAt ? (
              <>
                in <Ago at={key.expiresAt} />
              </>
            ) : (
              "never"
            ),
        },
        {
          name: "Actions",
          isHeadHidden: true,
          className: "w-18 whitespace-nowrap text-right",
          cell: (key) => <KeyActions proxyKey={key} />,
        },
      ]}
      card={{
        below: "md",
        listClassName: "pt-1",
        draw: (key) => <KeyCard proxyKey={key} limits={limits} />,
      }}
    />
  );
}

function KeyCard({ proxyKey: key, limits }: { proxyKey: ProxyKeyView; limits: LimitsView }) {
  return (
    <Card
      actions={
        <span className="flex">
          <KeyActions proxyKey={key} />
        </span>
      }
    >
      <KeyName proxyKey={key} />
      <p className="mt-0.5 text-xs text-ink2 wrap-anywhere">
        {key.person?.name ?? "Unassigned"} · {countsFor(key)} ·{" "}
        {key.lastUsedAt ? (
          <>
            used <Ago at={key.lastUsedAt} suffix=" ago" />
          </>
        ) : (
          "never used"
        )}
      </p>
      {limitWords(key.limits).length > 0 ? (
        <div className="mt-1 text-xs text-ink3">
          <Limits proxyKey={key} limits={limits} />
        </div>
      ) : null}
    </Card>
  );
}

function KeyActions({ proxyKey: key }: { proxyKey: ProxyKeyView }) {
  if (key.revokedAt) return null;
  return (
    <>
      <ChangeLimits proxyKey={key} />
      <RevokeKey id={key.id} name={key.name} />
    </>
  );
}

function Limits({ proxyKey: { id, limits: held }, limits }: { proxyKey: ProxyKeyView; limits: LimitsView }) {
  const spent = limits.spentByKey[id];
  if (limitWords(held).length === 0) return "No limits";
  const words = spent ? otherLimitWords(held) : limitWords(held);
  return (
    <>
      {spent ? <BudgetBars limits={held} spent={spent} /> : null}
      {words.length > 0 ? (
        <p className={spent ? "mt-0.5 text-xs" : undefined} title={held.models?.join(", ")}>
          {words.join(" · ")}
        </p>
      ) : null}
    </>
  );
}

const stateWords = { expired: "Expired", revoked: "Revoked", "person-disabled": "Person disabled" } as const;

function KeyName({ proxyKey: key }: { proxyKey: ProxyKeyView }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <Name text={key.name} className="font-medium" />
      <code className="font-mono text-xs text-ink3">cco_…{key.hint}</code>
      {key.state === "live" ? null : <Badge tone="danger">{stateWords[key.state]}</Badge>}
    </span>
  );
}

const countedFor = (key: ProxyKeyView): string => [key.team, key.project].filter(Boolean).join(" / ") || "default";

const countsFor = (key: ProxyKeyView): string =>
  `${countedFor(key)}${key.attribution === "free" ? ", or what requests name" : ""}`;
