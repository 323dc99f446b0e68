"use client";

import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Name } from "#app/_ui/name.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Table, Td, Th } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { BudgetBars } from "../_parts/budget-bars.tsx";
import { limitWords, otherLimitWords } from "../_parts/limit-words.ts";
import { RevokeKey } from "../_parts/revoke-key.tsx";
import { ChangeLimits } from "./change-limits.tsx";
import { IssueKeyDialog } from "./issue-key-dialog.tsx";
import type { LimitsView, OwnIssuingView, ProxyKeyView, TeamPerson } from "./queries.ts";

/** Proxy keys of the installation with owner, attribution and last use. */
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
      {shown.length === 0 ? (
        <Empty icon="key" title={keys.length === 0 ? "No proxy key yet" : "No active proxy key"}>
          People make their own on the Connect page. Issue one here for a pipeline or for another person.
        </Empty>
      ) : (
        <>
          <div className="hidden md:block">
            <KeyTable keys={shown} limits={limits} />
          </div>
          <ul className="divide-y divide-line pt-1 md:hidden">
            {shown.map((key) => (
              <KeyItem key={key.id} proxyKey={key} limits={limits} />
            ))}
          </ul>
        </>
      )}
      <IssueKeyDialog
        open={isIssuing}
        onClose={() => setIssuing(false)}
        people={people}
        limits={limits}
        issuing={issuing}
      />
    </Panel>
  );
}

const head = (
  <>
    <Th>Key</Th>
    <Th>Owner</Th>
    <Th>Team / project</Th>
    <Th>Limits</Th>
    <Th>Created</Th>
    <Th>Last used</Th>
    <Th>Expires</Th>
    <Th>
      <span className="sr-only">Actions</span>
    </Th>
  </>
);

function KeyTable({ keys, limits }: { keys: readonly ProxyKeyView[]; limits: LimitsView }) {
  return (
    <Table label="Proxy keys" head={head}>
      {keys.map((key) => (
        <tr key={key.id} className={key.state === "live" ? undefined : "text-ink3"}>
          <Td className="max-w-[200px]">
            <KeyName proxyKey={key} />
          </Td>
          <Td className="max-w-[140px]">{key.person ? <Name text={key.person.name} /> : "Unassigned"}</Td>
          <Td className="max-w-[190px] text-ink2">
            <Name text={countedFor(key)} />
            {key.attribution === "free" ? <span className="block text-xs text-ink3">or what requests name</span> : null}
          </Td>
          <Td className="max-w-[240px] text-ink2">
            <Limits proxyKey={key} limits={limits} />
          </Td>
          <Td className="text-ink2">
            <Ago at={key.createdAt} suffix=" ago" />
          </Td>
          <Td className="text-ink2">{key.lastUsedAt ? <Ago at={key.lastUsedAt} suffix=" ago" /> : "never"}</Td>
          <Td className="text-ink2">
            {key.expiresAt ? (
              <>
                in <Ago at={key.expiresAt} />
              </>
            ) : (
              "never"
            )}
          </Td>
          <Td className="w-18 whitespace-nowrap py-1 text-right">
            <KeyActions proxyKey={key} />
          </Td>
        </tr>
      ))}
    </Table>
  );
}

function KeyItem({ proxyKey: key, limits }: { proxyKey: ProxyKeyView; limits: LimitsView }) {
  return (
    <li className="flex items-start gap-2 py-2.5 pl-4 pr-2">
      <div className="min-w-0 flex-1">
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
      </div>
      <span className="flex">
        <KeyActions proxyKey={key} />
      </span>
    </li>
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
