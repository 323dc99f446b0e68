import { CopyButton } from "#app/_ui/copy-button.tsx";
import { Instant } from "#app/_ui/time.tsx";
import { type ChangedField, changedFields } from "./changed-fields.ts";
import type { AuditEntryView } from "./queries.ts";

/** Details of an entry: fields before and after, source, and position in the chain. */
export function EntryDetail({ entry }: { entry: AuditEntryView }) {
  const fields = changedFields(entry.before, entry.after);
  return (
    <div id={`entry-${entry.id}`} className="space-y-3 border-t border-line bg-sunken px-4 py-3 lg:px-5">
      {fields.length > 0 ? (
        <dl className="overflow-hidden rounded-md border border-line bg-surface font-mono text-xs">
          {fields.map((field) => (
            <Field key={field.name} field={field} />
          ))}
        </dl>
      ) : null}
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs text-ink2">
        <Fact label="When">
          <Instant at={entry.at} />
        </Fact>
        <Fact label="Action">
          <code className="font-mono">{entry.action}</code>
        </Fact>
        {entry.token ? (
          <Fact label="Token">
            {entry.token.name} <code className="break-all font-mono">{entry.token.id}</code>
          </Fact>
        ) : null}
        {entry.address ? <Fact label="From">{entry.address}</Fact> : null}
        {entry.object ? (
          <Fact label={entry.object.kind}>
            <code className="break-all font-mono">{entry.object.id}</code>
          </Fact>
        ) : null}
        <Fact label="Entry">
          {entry.id}, hash <code className="font-mono">{entry.hash.slice(0, 12)}…</code>
        </Fact>
      </dl>
      <CopyButton label="Copy as JSON" text={JSON.stringify(entry, null, 2)} />
    </div>
  );
}

function Field({ field }: { field: ChangedField }) {
  return (
    <div className="grid gap-x-3 border-b border-line px-3 py-1.5 last:border-b-0 sm:grid-cols-[160px_1fr]">
      <dt className="text-ink3">{field.name}</dt>
      <dd className="min-w-0 break-words">
        {field.before !== null ? (
          <p className="text-danger">
            <span aria-hidden="true">− </span>
            <span className="sr-only">before: </span>
            {field.before}
          </p>
        ) : null}
        {field.after !== null ? (
          <p className={field.isChanged ? "text-saved" : "text-ink2"}>
            <span aria-hidden="true">{field.isChanged ? "+ " : "  "}</span>
            <span className="sr-only">{field.isChanged ? "after: " : "unchanged: "}</span>
            {field.after}
          </p>
        ) : null}
      </dd>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="capitalize text-ink3">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}
