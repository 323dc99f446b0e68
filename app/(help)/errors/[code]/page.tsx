import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { CodeBlock } from "#app/_ui/code.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { ERROR_HELP, exampleAnswer } from "#core/error-help.ts";
import { type ErrorCode, errorEntry, isErrorCode } from "#core/errors.ts";
import { MarkedText } from "../../_parts/marked-text.tsx";

interface Props {
  params: Promise<{ code: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).code };
}

/** What one refusal means, who sees it and what to do: where the `link` header of the refusal leads. */
export default async function ErrorPage({ params }: Props) {
  const { code } = await params;
  if (!isErrorCode(code)) notFound();
  const { text } = errorEntry(code);
  const { meaning, seenBy, steps, example } = ERROR_HELP[code];
  return (
    <>
      <p className="mt-4 break-words font-mono text-xs text-ink3">{code}</p>
      <h1 className="mt-1 text-[1.375rem] font-semibold leading-8 tracking-[-.02em]">{text}</h1>
      <Badges code={code} />
      <div className="mt-5 space-y-3 lg:space-y-4">
        <Panel title="What to do">
          <ol className="list-decimal space-y-1.5 pl-5 text-ink2 marker:text-ink3">
            {steps.map((step) => (
              <li key={step}>
                <MarkedText text={step} />
              </li>
            ))}
          </ol>
        </Panel>
        <Panel title="What it means">
          <Sentence>
            <MarkedText text={meaning} />
          </Sentence>
        </Panel>
        <Panel title="Who sees it">
          <Sentence>
            <MarkedText text={seenBy} />
          </Sentence>
        </Panel>
        <Panel title="Example">
          <Sentence>
            <MarkedText text={example} />
          </Sentence>
          <div className="mt-3">
            <CodeBlock label="The answer" text={exampleAnswer(code)} />
          </div>
        </Panel>
      </div>
    </>
  );
}

function Badges({ code }: { code: ErrorCode }) {
  const entry = errorEntry(code);
  const { doors } = ERROR_HELP[code];
  return (
    <p className="mt-2 flex flex-wrap gap-1.5">
      <Badge tone={entry.status >= 500 ? "danger" : "warn"}>HTTP {entry.status}</Badge>
      {doors.includes("model") ? <Badge>type {entry.type} at /v1</Badge> : null}
      {doors.includes("api") ? <Badge>code {entry.code} at /api</Badge> : null}
    </p>
  );
}

const Sentence = ({ children }: { children: ReactNode }) => <p className="max-w-[68ch] text-ink2">{children}</p>;
