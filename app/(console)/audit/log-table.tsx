"use client";

import { useState } from "react";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { EntryDetail } from "./entry-detail.tsx";
import type { AuditEntryView } from "./queries.ts";
import { auditSentence } from "./sentence.ts";

const viaWords: Record<string, string> = {
  console: "console",
  api: "API",
  cli: "command line",
  file: "file",
  system: "system",
};

/** List of entries, one line each, expandable. The same grid is a row on wide screens and two lines on phones. */
export function LogTable({ entries }: { entries: readonly AuditEntryView[] }) {
  const [openId, setOpenId] = useState<number | null>(null);
  return (
    <ul className="divide-y divide-line">
      {entries.map((entry) => {
        const isOpen = entry.id === openId;
        return (
          <li key={entry.id}>
            <button
              type="button"
              aria-expanded={isOpen}
              aria-controls={isOpen ? `entry-${entry.id}` : undefined}
              onClick={() => setOpenId(isOpen ? null : entry.id)}
              className={cx(
                "grid w-full grid-cols-[1fr_auto] items-baseline gap-x-4 px-4 py-2 text-left hover:bg-sunken md:grid-cols-[1fr_120px_76px_16px] lg:px-5",
                isOpen && "bg-sunken",
              )}
            >
              <span className="min-w-0 break-words">
                <span className="font-medium">{entry.actor.name}</span> {auditSentence(entry)}
                {entry.token ? <span className="text-ink3"> · token “{entry.token.name}”</span> : null}
              </span>
              <span className="hidden text-xs text-ink3 md:block">{viaWords[entry.via] ?? entry.via}</span>
              <span className="tn text-right text-xs text-ink2">
                <Ago at={entry.at} />
              </span>
              <Icon name={isOpen ? "up" : "down"} className="hidden size-3.5 self-center text-ink3 md:block" />
            </button>
            {isOpen ? <EntryDetail entry={entry} /> : null}
          </li>
        );
      })}
    </ul>
  );
}
