"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Panel } from "#app/_ui/panel.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { AppliesPanel } from "./applies-panel.tsx";
import { KeyPanel } from "./key-panel.tsx";
import { LiveCheck } from "./live-check.tsx";
import { connectQueries, type OwnIssuingView, type OwnLimitsView, type ProxyKeyView } from "./queries.ts";
import { SetupText } from "./setup-text.tsx";
import { type How, type Shell, type Surface, waysToConnect } from "./snippets.ts";
import { firstWay, keepLastWay, readLastWay, wayHints, wayLabels } from "./ways.ts";

interface Props {
  publicUrl: string | null;
  callerKeys: { isRequired: boolean; hasOperatorKey: boolean };
  initialKeys: { keys: ProxyKeyView[] };
  initialLimits: OwnLimitsView;
  issuing: OwnIssuingView;
  /** Who issues keys, where the reader may not; null where they may. */
  issuers: string | null;
  initialTab: string | null;
  isFirst: boolean;
  /** Link to the changed requests of this person. */
  ownRequests: string;
}

export function ConnectClient(props: Props) {
  const { publicUrl, callerKeys, initialKeys, initialLimits, issuing, issuers, initialTab, isFirst, ownRequests } =
    props;
  const baseUrl = useBaseUrl(publicUrl);
  const ways = waysToConnect(callerKeys);
  const [how, setHow] = useState<How>(firstWay(callerKeys, initialKeys.keys));
  useEffect(() => {
    const last = readLastWay();
    if (last !== null && waysToConnect(callerKeys).includes(last)) setHow(last);
  }, [callerKeys]);
  const [surface, setSurface] = useState<Surface>(isSurface(initialTab) ? initialTab : "shell");
  const [shell, setShell] = useState<Shell>("posix");
  const [secret, setSecret] = useState<string | null>(null);
  const { data } = useQuery({ ...connectQueries.keys(), initialData: initialKeys, refetchInterval: 15_000 });
  const input = { baseUrl, how, secret, shell };

  const chooseHow = (next: How) => {
    setHow(next);
    keepLastWay(next);
  };
  const chooseSurface = (next: Surface) => {
    setSurface(next);
    window.history.replaceState(null, "", `?tab=${next}`);
  };

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[minmax(0,1fr)_360px] lg:gap-4">
      <div className="min-w-0 space-y-3 lg:space-y-4">
        {isFirst ? (
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
          <KeyPanel keys={data.keys} issuing={issuing} issuers={issuers} secret={secret} onIssued={setSecret} />
        )}
        <SetupText surface={surface} onSurface={chooseSurface} onShell={setShell} input={input} />
      </div>
      <div className="min-w-0 space-y-3 lg:space-y-4">
        <LiveCheck how={how} input={input} />
        {how === "own" && initialLimits.applies.length === 0 ? null : (
          <AppliesPanel initial={initialLimits} how={how} />
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
  );
}

const surfaces: readonly string[] = ["shell", "settings", "vscode", "actions", "managed"] satisfies Surface[];
const isSurface = (text: string | null): text is Surface => text !== null && surfaces.includes(text);

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
