"use client";

import { CopyButton } from "#app/_ui/copy-button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Light } from "./light.tsx";
import type { ConnectStatus } from "./queries.ts";
import { PLACEHOLDER, type SnippetInput } from "./snippets.ts";
import { strayTitle, strayWords } from "./stray-words.ts";

type StrayRequest = NonNullable<ConnectStatus["stray"]>;

/** Panel for a request that is not attributed to this person: the steps it passed, and the fix. */
export function Stray({ stray, input, onIgnore }: { stray: StrayRequest; input: SnippetInput; onIgnore: () => void }) {
  const words = strayWords(stray, { ...input, key: input.secret ?? PLACEHOLDER });
  return (
    <>
      <p className="flex items-start gap-2.5 text-base font-semibold">
        <span className="mt-1.5">
          <Light look="warn" />
        </span>
        {strayTitle(stray)}
      </p>
      <p className="mt-1.5 text-ink2">{words.outcome}</p>
      <ol className="-mx-4 mt-4 border-t border-line px-4 pt-4 lg:-mx-5 lg:px-5">
        {words.steps.map((step) => (
          <Step key={step.title} step={step} />
        ))}
      </ol>
      <div className="-mx-4 mt-4 border-t border-line px-4 pt-4 lg:-mx-5 lg:px-5">
        <h3 className="font-semibold">{words.fix}</h3>
        <p className="text-xs text-ink2">{words.fixText}</p>
        {words.line ? (
          <div className="mt-2 flex items-start gap-2">
            <code className="min-w-0 flex-1 break-all rounded-md bg-sunken px-2.5 py-2 font-mono text-xs">
              {words.line}
            </code>
            <CopyButton text={words.line} />
          </div>
        ) : null}
      </div>
      <Origin stray={stray} onIgnore={onIgnore} />
      <p className="mt-4 flex items-center gap-2.5 text-xs text-ink2">
        <Light look="waiting" />
        Still listening. The next request updates this within 2 s.
      </p>
    </>
  );
}

function Step({ step }: { step: ReturnType<typeof strayWords>["steps"][number] }) {
  return (
    <li className="relative pb-3 pl-7 last:pb-0">
      <span className={cx("absolute left-0 top-0.5", step.look === "ok" ? "text-saved" : "text-danger")}>
        {step.look === "next" ? (
          <span className="ml-1 mt-1 block size-2 rounded-full border border-field" />
        ) : (
          <Icon name={step.look === "ok" ? "check" : "x"} />
        )}
      </span>
      <p className={cx("font-medium", step.look === "bad" && "text-danger", step.look === "next" && "text-ink3")}>
        {step.title}
      </p>
      {step.text ? <p className="text-xs text-ink2">{step.text}</p> : null}
    </li>
  );
}

/** When and from where the request came. */
function Origin({ stray, onIgnore }: { stray: StrayRequest; onIgnore: () => void }) {
  return (
    <dl className="-mx-4 mt-4 grid grid-cols-[88px_minmax(0,1fr)] gap-x-3 gap-y-1.5 border-t border-line px-4 pt-4 text-xs lg:-mx-5 lg:px-5">
      <dt className="text-ink3">Arrived</dt>
      <dd className="tn break-words">
        {new Date(stray.at).toLocaleTimeString("en-GB")}
        {stray.path ? <span className="font-mono">{`, ${stray.method} ${stray.path}`}</span> : null}
      </dd>
      {stray.address ? (
        <>
          <dt className="text-ink3">From</dt>
          <dd>{stray.address}, the address of this browser</dd>
        </>
      ) : null}
      <dt className="text-ink3">Not yours?</dt>
      <dd>
        <button type="button" onClick={onIgnore} className="min-h-6 font-medium text-accent">
          Ignore it
        </button>{" "}
        <span className="text-ink3">
          {stray.address ? "if a colleague shares your address" : "if a colleague uses this CCO without a key"}
        </span>
      </dd>
    </dl>
  );
}
