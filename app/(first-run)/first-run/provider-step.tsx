"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { Button, LinkButton } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Segmented } from "#app/_ui/segmented.tsx";
import { paths } from "#app/paths.ts";
import type { ProviderCheck } from "#core/connect/provider-check.ts";
import { checkRows, describeCheck } from "./check-words.ts";
import { firstRunQueries } from "./queries.ts";
import { MachineText, Wizard } from "./wizard.tsx";

type Way = "one-key" | "own";

/** Step that checks address and key of the provider, in a proxy: this page never has the key. */
export function ProviderStep({ hasOperatorKey }: { hasOperatorKey: boolean }) {
  const [way, setWay] = useState<Way>(hasOperatorKey ? "one-key" : "own");
  const { result, isSilent, isBusy, again } = useProviderCheck();
  const verdict = result ? describeCheck(result) : null;
  const isWell = verdict?.look === "saved";
  return (
    <Wizard
      step={2}
      title="Check the provider"
      lead="CCO sends one request with one output token, to see that address and key work."
      aside={<SentAndCame result={result} />}
    >
      <h2 className="mb-1 font-medium">How do people authenticate?</h2>
      <div className="flex">
        <Segmented
          label="How people authenticate"
          options={[
            { value: "one-key", label: "One key for everyone" },
            { value: "own", label: "Their own login or key" },
          ]}
          value={way}
          onChange={setWay}
        />
      </div>
      <p className="mt-2 text-xs text-ink2">{wayText(way, hasOperatorKey)}</p>
      <CheckPanel result={result} isSilent={isSilent} />
      <div className="mt-4 flex flex-wrap gap-2">
        <Button onClick={again} busy={isBusy} look={verdict && !isWell ? "solid" : "plain"}>
          Test again
        </Button>
        <span className="flex-1" />
        <LinkButton href={paths.firstRun("rule")} look={verdict && !isWell ? "plain" : "solid"}>
          {verdict && !isWell ? "Continue anyway" : "Continue"}
        </LinkButton>
      </div>
    </Wizard>
  );
}

/** Verdict of the check, its steps, and what to do when one failed. */
function CheckPanel({ result, isSilent }: { result: ProviderCheck | null; isSilent: boolean }) {
  const verdict = result ? describeCheck(result) : null;
  return (
    <section className="mt-5 overflow-hidden rounded-lg border border-line bg-surface" aria-live="polite">
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-0.5 border-b border-line px-4 py-3">
        <Dot look={verdict?.look ?? (isSilent ? "danger" : "accent")} />
        <h2 className="font-semibold">
          {verdict?.title ?? (isSilent ? "No proxy has answered" : "Asking the provider …")}
        </h2>
        {result ? (
          <span className="tn text-xs text-ink2 sm:ml-auto">
            {new Date(result.checkedAtMs).toLocaleTimeString("en-GB")} · {verdict?.note}
          </span>
        ) : null}
      </div>
      {result ? (
        <ul className="divide-y divide-line">
          {checkRows(result).map((row) => (
            <CheckLine key={row.name} row={row} />
          ))}
        </ul>
      ) : (
        <p className="px-4 py-3 text-ink2">
          {isSilent
            ? "Is the proxy running, and does it use the same database as this console? Then test again."
            : "This takes a few seconds."}
        </p>
      )}
      {verdict?.todo ? (
        <p className="border-t border-line bg-dangersoft px-4 py-2.5 text-xs">
          <b className="font-medium">What to do:</b> {verdict.todo}
        </p>
      ) : null}
    </section>
  );
}

function CheckLine({ row }: { row: ReturnType<typeof checkRows>[number] }) {
  return (
    <li className="grid grid-cols-[20px_1fr_auto] gap-x-2.5 px-4 py-2 sm:grid-cols-[20px_124px_1fr_auto]">
      <span
        className={cx(
          "mt-0.5",
          { ok: "text-saved", bad: "text-danger", warn: "text-warn", none: "text-ink3" }[row.look],
        )}
      >
        {row.look === "none" ? "–" : <Icon name={({ ok: "check", bad: "x", warn: "warning" } as const)[row.look]} />}
      </span>
      <span className={cx("font-medium", row.look === "none" && "text-ink3")}>{row.name}</span>
      <span
        className={cx(
          "col-span-2 col-start-2 row-start-2 min-w-0 break-words sm:col-span-1 sm:col-start-auto sm:row-start-auto",
          row.look === "bad" ? "text-danger" : "text-ink2",
        )}
      >
        {row.text}
      </span>
      <span className="tn col-start-3 row-start-1 text-xs leading-5 text-ink3 sm:col-start-auto sm:row-start-auto">
        {row.ms === null ? "" : `${row.ms} ms`}
      </span>
    </li>
  );
}

/** Requests a check when the page opens, and waits for the proxy's result. */
function useProviderCheck() {
  const client = useQueryClient();
  const [wantedId, setWantedId] = useState<string | null>(null);
  const [isRefused, setRefused] = useState(false);
  const hasBegun = useRef(false);
  const { data } = useQuery(firstRunQueries.check(wantedId));
  const again = () => {
    setRefused(false);
    sendJson<{ id: string }>("POST", "/api/provider-check", {})
      .then(({ id }) => setWantedId(id))
      .catch(() => setRefused(true));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    void client.invalidateQueries({ queryKey: firstRunQueries.checks() });
    again();
  }, []);
  const check = data?.check ?? null;
  const result = check?.state === "done" ? check.result : null;
  const isSilent = isRefused || check?.state === "silent";
  return { result, isSilent, isBusy: result === null && !isSilent, again };
}

function wayText(way: Way, hasOperatorKey: boolean): string {
  if (way === "own")
    return hasOperatorKey
      ? "People may bring their own login or key also while a common key is set: theirs is then used."
      : "Each person’s own login or API key passes through. CCO holds no key for the provider.";
  return hasOperatorKey
    ? "CCO adds the key to each request. People get CCO keys and never see this one."
    : "No common key is set. Put it into a file, name that in ANTHROPIC_API_KEY_FILE and restart CCO; the console never sees it.";
}

const dots = { saved: "bg-saved", danger: "bg-danger", warn: "bg-warn", accent: "bg-accent animate-pulse" } as const;

const Dot = ({ look }: { look: keyof typeof dots }) => (
  <span aria-hidden="true" className={cx("mx-1 size-2 rounded-full", dots[look])} />
);

function SentAndCame({ result }: { result: ProviderCheck | null }) {
  if (!result) return <h2 className="font-semibold">What was sent, and what came back</h2>;
  const { answer, outcome } = result;
  const isAddressOnly = outcome === "no-key";
  return (
    <>
      <h2 className="mb-2 font-semibold">What was sent, and what came back</h2>
      <MachineText title="Request" note={isAddressOnly ? "without a key" : "key left out"}>
        {isAddressOnly
          ? `GET ${result.address}/v1/models\nanthropic-version: 2023-06-01`
          : `POST ${result.address}/v1/messages\nanthropic-version: 2023-06-01\nx-api-key: ••••••••\n\n{ "model": "${result.model}",\n  "max_tokens": 1,\n  "messages": [{ "role": "user", "content": "hi" }] }`}
      </MachineText>
      <MachineText
        title="Response"
        note={
          <span className={cx("font-medium", outcome === "ok" ? "text-saved" : isAddressOnly ? "" : "text-danger")}>
            {answer?.status ?? "none"}
          </span>
        }
      >
        {answer === null
          ? result.problem
          : [
              answer.requestId ? `request-id: ${answer.requestId}\n\n` : "",
              answer.errorType
                ? `{ "error": { "type": "${answer.errorType}",\n    "message": ${JSON.stringify(answer.errorText)} } }`
                : `{ "usage": { "input_tokens": ${answer.inputTokens},\n    "output_tokens": ${answer.outputTokens} } }`,
            ].join("")}
      </MachineText>
      <p className="text-xs text-ink2">This request is not traffic of your team: no report and no budget counts it.</p>
    </>
  );
}
