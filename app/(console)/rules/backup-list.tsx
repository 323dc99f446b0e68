"use client";

import { useQuery } from "@tanstack/react-query";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { formatCounted } from "#core/report/plural.ts";
import { ruleQueries } from "./queries.ts";

/** Backups beside the rules file. Copying one back over the file restores it. */
export function BackupList({ fileName }: { fileName: string }) {
  const { data } = useQuery(ruleQueries.backups());
  const backups = data?.backups ?? [];
  return (
    <Panel title="Backups beside the file" aside={<span className="tn text-ink3">{backups.length}</span>}>
      <p className="text-ink2">
        Before <span className="font-mono text-xs">{fileName}</span> is replaced, the old file is kept beside it.
        Copying one back over the file restores it, and shows up here as a version.
      </p>
      {backups.length > 0 ? (
        <details className="mt-2" open={backups.length <= 5}>
          <summary className="min-h-6 font-medium text-accent">Show names and times</summary>
          <ul className="mt-1 max-h-64 divide-y divide-line overflow-y-auto">
            {backups.map((backup) => (
              <li key={backup.name} className="tn py-1.5">
                <span className="block break-all font-mono text-2xs">{backup.name}</span>
                <span className="text-xs text-ink3">
                  {formatCounted(backup.bytes, "byte")} · <Ago at={backup.at} />
                </span>
              </li>
            ))}
          </ul>
        </details>
      ) : (
        <p className="mt-2 text-ink3">None yet: nothing was replaced so far.</p>
      )}
    </Panel>
  );
}
