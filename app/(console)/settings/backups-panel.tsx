"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { useAction } from "#app/_data/use-action.ts";
import { Badge } from "#app/_ui/badge.tsx";
import { Button, IconButton } from "#app/_ui/button.tsx";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem } from "#app/_ui/menu.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { paths } from "#app/paths.ts";
import { formatBytes } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type BackupsView, type BackupView, settingsQueries } from "./queries.ts";
import { RestoreDialog } from "./restore-dialog.tsx";

/** Backups of the installation: made now and on schedule, verified, downloaded, and what a restore would change. */
export function BackupsPanel() {
  const { data, error, refetch } = useQuery(settingsQueries.backups());
  const client = useQueryClient();
  const { busy, run: make } = useAction("The backup was not made", async () => {
    const { name } = await sendJson<{ name: string }>("POST", "/api/backups", {});
    toast("The backup is made", { description: name });
    await client.invalidateQueries({ queryKey: settingsQueries.backups().queryKey });
  });
  return (
    <Panel
      title="Backups"
      aside={
        <Button busy={busy} onClick={() => void make()}>
          Back up now
        </Button>
      }
      flush
    >
      {error ? (
        <div className="p-4 lg:px-5">
          <ErrorCard title="The backups cannot be listed" message={error.message} onRetry={() => void refetch()} />
        </div>
      ) : data ? (
        <Backups view={data} />
      ) : (
        <div aria-busy="true" className="skeleton m-4 h-24 lg:mx-5" />
      )}
    </Panel>
  );
}

function Backups({ view }: { view: BackupsView }) {
  const { folder, isRemote, backups, mayRestore } = view;
  const [restored, setRestored] = useState<string | null>(null);
  return (
    <>
      <p className="px-4 pb-3 pt-1 text-ink2 lg:px-5">
        {scheduleText(view)} Rules, prices, people, hashed keys, limits, settings, audit log and totals, in{" "}
        <code className="break-all font-mono text-xs">{folder}</code>
        {isRemote ? "" : " on this machine"}.
      </p>
      {backups.length === 0 ? (
        <Empty icon="info" title="There is no backup yet">
          The first one takes seconds, and traffic goes on meanwhile.
        </Empty>
      ) : (
        <ul className="max-h-[420px] divide-y divide-line overflow-y-auto border-t border-line">
          {backups.map((backup) => (
            <Backup
              key={backup.name}
              backup={backup}
              mayRestore={mayRestore}
              onRestore={() => setRestored(backup.name)}
            />
          ))}
        </ul>
      )}
      {restored === null ? null : <RestoreDialog name={restored} onClose={() => setRestored(null)} />}
    </>
  );
}

function scheduleText({ everyHours, keep }: BackupsView): string {
  if (everyHours === 0) return "None is scheduled: set CCO_BACKUP_EVERY_HOURS.";
  return `Every ${formatCounted(everyHours, "hour")}, and the last ${keep} are kept.`;
}

function Backup({ backup, mayRestore, onRestore }: { backup: BackupView; mayRestore: boolean; onRestore: () => void }) {
  const { name, bytes, createdAt, productVersion, hasEvents, kind, problem } = backup;
  const { busy, run: verify } = useAction("The backup is not sound", async () => {
    const { files, manifestHash } = await sendJson<{ files: number; manifestHash: string }>(
      "POST",
      `/api/backups/${name}/verify`,
      {},
    );
    toast("The backup is what was written", {
      description: `${formatCounted(files, "file")}, manifest ${manifestHash.slice(0, 16)}…`,
    });
  });
  return (
    <li className="flex min-h-12 items-center gap-3 px-4 py-2 lg:px-5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-medium">{createdAt === null ? name : <Ago at={createdAt} suffix=" ago" />}</span>
          {kind === "safety" ? <Badge>before a restore</Badge> : null}
          {hasEvents ? <Badge>with every request</Badge> : null}
          {problem === null ? null : <Badge tone="danger">cannot be read</Badge>}
        </p>
        <p className="tn text-xs text-ink3 wrap-anywhere">
          {problem ?? `${name} · ${formatBytes(bytes)} · CCO ${productVersion}`}
        </p>
      </div>
      <Button busy={busy} onClick={() => void verify()} aria-label={`Verify ${name}`}>
        Verify
      </Button>
      {mayRestore ? (
        <Menu
          trigger={
            <IconButton label={`More about ${name}`}>
              <Icon name="dots" />
            </IconButton>
          }
        >
          <MenuItem onSelect={onRestore}>What a restore would change …</MenuItem>
          <MenuItem onSelect={() => window.location.assign(paths.backupFile(name))}>Download</MenuItem>
        </Menu>
      ) : null}
    </li>
  );
}
