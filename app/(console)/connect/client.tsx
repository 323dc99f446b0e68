"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { Link } from "#app/_ui/link.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { paths } from "#app/paths.ts";
import { AppliesPanel } from "./applies-panel.tsx";
import { KeyPanel } from "./key-panel.tsx";
import { LiveCheck } from "./live-check.tsx";
import { connectQueries, type OwnIssuingView } from "./queries.ts";
import { SetupText } from "./setup-text.tsx";
import { type How, type Shell, waysToConnect } from "./snippets.ts";
import { type ConnectView, readView, viewParams } from "./url.ts";
import { firstWay, keepLastWay, readLastWay, wayHints, wayLabels } from "./ways.ts";

interface Props {
  publicUrl: string | null;
  callerKeys: { isRequired: boolean; hasOperatorKey: boolean };
  issuing: OwnIssuingView;
  /** Who issues keys, where the reader may not; null where they may. */
  issuers: string | null;
  /** Link to the changed requests of this person. */
  ownRequests: string;
}

const buildAddress = (view: ConnectView) => paths.connect(viewParams(view));

/**
 * Connect: how to authenticate, a key, what to paste, and a check for the first request. Long because what is chosen in
 * one panel decides what the others show.
 */
export function ConnectClient({ publicUrl, callerKeys, issuing, issuers, ownRequests }: Props) {
  const [view, change] = useAddressView(readView, buildAddress, "replace");
  const { data: keys } = useSuspenseQuery(connectQueries.keys());
  const limits = useSuspenseQuery(connectQueries.limits());
  const baseUrl = useBaseUrl(publicUrl);
  const ways = waysToConnect(callerKeys);
  const [how, setHow] = useState<How>(firstWay(callerKeys, keys.keys));
  useEffect(() => {
    const last = readLastWay();
    if (last !== null && waysToConnect(callerKeys).includes(last)) setHow(last);
  }, [callerKeys]);
  const [shell, setShell] = useState<Shell>("posix");
  const [secret, setSecret] = useState<string | null>(null);
  const input = { baseUrl, how, secret, shell };

  const chooseHow = (next: How) => {
    setHow(next);
    keepLastWay(next);
  };
  return (
    <Page title="Connect">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[minmax(0,1fr)_360px] lg:gap-4">
        <div className="min-w-0 space-y-3 lg:space-y-4">
          {view.isFirst ? (
            <p className="text-ink2">
              CCO is set up and you are signed in. Send a first request through it; everything else follows from there.
            </p>
          ) : null}
          {ways.length > 1 ? (
            <Panel title="How do you authenticate?">
              <div className="flex">
                <Segmented
                  label="Credential"
                  options={ways.map((value) => ({ value, label: wayLabels[value] }))}
                  value={how}
                  onChange={chooseHow}
                />
              </div>
              <p className="mt-2 text-ink2">{wayHints[how]}</p>
            </Panel>
          ) : null}
          {how === "own" ? null : (
            <KeyPanel keys={keys.keys} issuing={issuing} issuers={issuers} secret={secret} onIssued={setSecret} />
          )}
          <SetupText surface={view.tab} onSurface={(tab) => change({ tab })} onShell={setShell} input={input} />
        </div>
        <div className="min-w-0 space-y-3 lg:space-y-4">
          <LiveCheck how={how} input={input} />
          {how === "own" && limits.data.applies.length === 0 ? null : (
            <AppliesPanel view={limits.data} error={limits.error} onRetry={() => void limits.refetch()} how={how} />
          )}
          <Panel title="Changes to your requests">
            <p className="text-ink2">
              Each of your requests that a rule touched in the last 30 days: which rule, why, what was changed, and what
              it cost.
            </p>
            <Link href={ownRequests} className="mt-2 inline-flex min-h-6 items-center font-medium text-accent">
              Show my requests
            </Link>
          </Panel>
        </div>
      </div>
    </Page>
  );
}

const never = () => () => undefined;

/** Base URL: the configured public one, else the one this page was opened at. */
function useBaseUrl(publicUrl: string | null): string {
  const own = useSyncExternalStore(
    never,
    () => location.origin,
    () => "http://localhost:3000",
  );
  return publicUrl ?? own;
}
