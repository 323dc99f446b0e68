import { Badge } from "#app/_ui/badge.tsx";
import { IconButton } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Card, type Column, DataTable } from "#app/_ui/table.tsx";
import type { PricesView } from "./queries.ts";
import { formatDays } from "./words.ts";

type Term = PricesView["tables"][number];
type Remove = (term: { line: number; name: string }) => void;

/** Own prices, discounts and multipliers, as the text has them. */
export function TermsPanel({
  tables,
  today,
  onRemove,
}: {
  tables: readonly Term[];
  today: string;
  /** Null: prices cannot be changed here. */
  onRemove: Remove | null;
}) {
  return (
    <Panel flush title="Own prices, discounts and multipliers">
      <DataTable
        label="Own prices, discounts and multipliers"
        columns={buildColumns(today, onRemove)}
        rows={tables}
        rowKey={({ line }) => line}
        card={{
          below: "sm",
          draw: (term) => (
            <Card actions={<RemoveButton term={term} onRemove={onRemove} />}>
              <p className="font-medium">{formatName(term)}</p>
              <p className="text-xs text-ink2">{formatDays(term.from, term.until)}</p>
              <State term={term} today={today} />
            </Card>
          ),
        }}
        empty={
          <Empty icon="costs" title="List prices only">
            Add what your organisation pays instead, a discount on a model, or a multiplier on the whole bill.
          </Empty>
        }
      />
    </Panel>
  );
}

const buildColumns = (today: string, onRemove: Remove | null): Column<Term>[] => [
  { name: "Term", cell: (term) => <span className="font-medium">{formatName(term)}</span> },
  { name: "Days (UTC)", className: "whitespace-nowrap", cell: ({ from, until }) => formatDays(from, until) },
  { name: "State", cell: (term) => <State term={term} today={today} /> },
  {
    name: "Remove",
    isHeadHidden: true,
    className: "w-10",
    cell: (term) => <RemoveButton term={term} onRemove={onRemove} />,
  },
];

/** Formats what a term is: "Discount of 12.5 % on claude-opus-5-5". */
function formatName({ kind, model, speed, amount }: Term): string {
  if (kind === "multiplier") return `Multiplier × ${amount} on the whole bill`;
  if (kind === "discount") return `Discount of ${amount} % on ${model}`;
  return `Price of ${model}${speed === "fast" ? ", fast mode" : ""}`;
}

function State({ term: { from, until }, today }: { term: Term; today: string }) {
  if (from > today) return <Badge>not yet</Badge>;
  if (until !== null && until <= today) return <Badge>over</Badge>;
  return <Badge tone="accent">begun</Badge>;
}

function RemoveButton({ term, onRemove }: { term: Term; onRemove: Remove | null }) {
  if (onRemove === null) return null;
  const name = formatName(term);
  return (
    <IconButton label={`Remove: ${name}`} onClick={() => onRemove({ line: term.line, name: name.toLowerCase() })}>
      <Icon name="x" />
    </IconButton>
  );
}
