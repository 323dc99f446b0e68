"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { LinkButton } from "#app/_ui/button.tsx";
import { CopyButton } from "#app/_ui/copy-button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { formatDuration } from "#core/report/format.ts";
import { Light } from "./light.tsx";
import { connectQueries } from "./queries.ts";
import { type How, probe, type SnippetInput } from "./snippets.ts";
import { Stray } from "./stray.tsx";
import { refusalText, strayTitle } from "./stray-words.ts";

/** Hints while no request arrives, most frequent cause first. */
const hints: readonly { afterS: number; title: string; text: string }[] = [
  {
    afterS: 0,
    title: "Ask Claude Code anything",
    text: "“say hi” is enough. The first request turns this green within two seconds.",
  },
  {
    afterS: 20,
    title: "Restart Claude Code",
    text: "Claude Code reads its variables at start. A terminal that was open before does not know them.",
  },
  {
    afterS: 40,
    title: "Look for an older variable",
    text: "Older guides name ANTHROPIC_API_BASE_URL, which Claude Code does not read; and a settings.json wins over the shell.",
  },
  {
    afterS: 60,
    title: "Behind a company proxy?",
    text: "HTTP_PROXY is used even for this address. Add its host to NO_PROXY.",
  },
];

/** Waits for the first request of this person, and shows its result or the reason for its absence. */
export function LiveCheck({ how, input }: { how: How; input: SnippetInput }) {
  const [since] = useState(() => Date.now());
  const { data, error } = useQuery({
    ...connectQueries.status(since, how === "own" ? "anybody" : "own"),
    refetchInterval: (query) => (query.state.data?.request?.ok ? 10_000 : 1_000),
    refetchIntervalInBackground: false,
  });
  const waitedS = useSecondsSince(since, !data?.request?.ok);
  const request = data?.request ?? null;
  const [ignored, setIgnored] = useState<string | null>(null);
  const stray = data?.stray && data.stray.at !== ignored ? data.stray : null;

  return (
    <Panel className="lg:sticky lg:top-[76px]">
      <div role="status" aria-live="polite" className="pt-2">
        {request?.ok ? (
          <>
            <Connected request={request} />
            {stray ? (
              <p className="mt-3 text-xs text-ink2">Since then: {strayTitle(stray)}, which does not count here.</p>
            ) : null}
          </>
        ) : stray ? (
          <Stray stray={stray} input={input} onIgnore={() => setIgnored(stray.at)} />
        ) : (
          <>
            <p className="flex items-center gap-2.5 text-base font-semibold">
              <Light look={request ? "danger" : error ? "warn" : "waiting"} />
              {request
                ? "A request came, and was refused"
                : error
                  ? "The console does not answer"
                  : "Waiting for the first request"}
            </p>
            {request ? <p className="mt-1.5 text-ink2">{refusalText(request, how)}</p> : null}
          </>
        )}
      </div>
      {request?.ok || stray ? null : (
        <>
          <Hints waitedS={waitedS} />
          <CheckByHand how={how} input={input} />
        </>
      )}
    </Panel>
  );
}

function Hints({ waitedS }: { waitedS: number }) {
  return (
    <ol className="mt-4">
      {hints.map((hint) => {
        const isDue = waitedS >= hint.afterS;
        return (
          <li
            key={hint.title}
            className={cx("relative border-l border-line pb-4 pl-4 last:pb-0", !isDue && "text-ink3")}
          >
            <span
              className={cx(
                "absolute -left-[4.5px] top-1.5 size-2 rounded-full border",
                isDue ? "border-ink bg-ink" : "border-edge bg-surface",
              )}
            />
            <p className="font-medium">{hint.title}</p>
            {isDue ? <p className="text-xs text-ink2">{hint.text}</p> : null}
          </li>
        );
      })}
    </ol>
  );
}

function CheckByHand({ how, input }: { how: How; input: SnippetInput }) {
  return (
    <div className="mt-4 border-t border-line pt-3">
      <p className="text-xs text-ink2">
        Or check {how === "proxy-key" ? "address and key" : "the address"} by hand; 200 means right:
      </p>
      <div className="mt-2 flex items-start gap-2">
        <code className="min-w-0 flex-1 break-all rounded-md bg-sunken px-2.5 py-2 font-mono text-2xs">
          {probe(input)}
        </code>
        <CopyButton text={probe(input)} />
      </div>
    </div>
  );
}

interface Request {
  requestedModel: string | null;
  servedModel: string | null;
  client: string | null;
  durationMs: number;
}

function Connected({ request }: { request: Request }) {
  const { requestedModel, servedModel } = request;
  const models =
    requestedModel && servedModel && requestedModel !== servedModel
      ? `${short(requestedModel)} → ${short(servedModel)}`
      : short(servedModel ?? requestedModel ?? "");
  return (
    <>
      <p className="flex items-center gap-2.5 text-base font-semibold text-saved">
        <Light look="saved" />
        Connected{request.client ? `: ${request.client}` : ""}
      </p>
      <p className="tn mt-1.5 flex flex-wrap gap-x-2 text-ink2">
        {models ? <span className="font-mono text-xs">{models}</span> : null}
        <span>{formatDuration(request.durationMs)}</span>
      </p>
      <p className="mt-3 text-ink2">
        Requests from here on are recorded with model, cost and saving; never their text.
      </p>
      <div className="mt-4">
        <LinkButton href={paths.overview()} look="solid">
          Go to Overview
          <Icon name="arrow" className="size-3.5" />
        </LinkButton>
      </div>
    </>
  );
}

const short = (model: string): string => model.replace(/^claude-/, "");

/** Counts whole seconds since an instant while `isCounting`. */
function useSecondsSince(since: number, isCounting: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!isCounting) return;
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - since) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [since, isCounting]);
  return seconds;
}
