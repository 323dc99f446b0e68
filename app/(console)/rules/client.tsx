"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { LinkButton } from "#app/_ui/button.tsx";
import { Empty, ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { BackupList } from "./backup-list.tsx";
import { Banners } from "./banners.tsx";
import { LiveBar } from "./live-bar.tsx";
import type { ModelChoice } from "./model-choices.ts";
import { PauseSwitch } from "./pause-switch.tsx";
import { type RulesAccess, ruleQueries } from "./queries.ts";
import { RollBackDialog } from "./roll-back-dialog.tsx";
import { RulesTable } from "./rules-table.tsx";
import { TryOnLive } from "./try-on-live.tsx";
import { VersionTimeline } from "./version-timeline.tsx";

interface Props {
  access: RulesAccess;
  models: readonly ModelChoice[];
  /** Version for the roll-back dialog, from the address: an alert links to it, so that rolling back takes two clicks. */
  rollBackTo: number | null;
}

/** Long because the page is one column whose parts share the live rules. */
export function RulesClient({ access, models, rollBackTo }: Props) {
  const { data, error, refetch } = useQuery(ruleQueries.current());
  const mayRollBack = access.rollBack === null;
  const [target, setTarget] = useState(mayRollBack ? rollBackTo : null);
  const edit = <EditLink isReadOnly={access.draft !== null || data?.file.isReadOnly === true} />;
  const actions = (
    <>
      {data?.live ? (
        access.pause === null ? (
          <PauseSwitch isPaused={data.isPaused} why={readOnly(data.file)} />
        ) : (
          <Badge tone={data.isPaused ? "warn" : "saved"}>Overrides {data.isPaused ? "off" : "on"}</Badge>
        )
      ) : null}
      {edit}
    </>
  );
  if (!data) {
    return (
      <Page title="Rules" actions={edit}>
        {error ? (
          <ErrorCard title="The rules could not be read" message={error.message} onRetry={() => void refetch()} />
        ) : null}
      </Page>
    );
  }
  const { live, file } = data;
  const whyNotBack = readOnly(file);
  const onRollBack = mayRollBack ? setTarget : null;
  return (
    <Page title="Rules" actions={actions}>
      <Banners rules={data} access={access} />
      {live ? (
        <LiveBar rules={data} live={live} whyNotBack={whyNotBack} onRollBack={onRollBack} />
      ) : (
        <NothingLive fileName={file.name} />
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 xl:grid-cols-[minmax(0,1fr)_340px] lg:gap-4">
        <div className="min-w-0 space-y-3 lg:space-y-4">
          <RulesTable
            rules={data.rules}
            statsDays={data.statsDays}
            isReadOnly={access.draft !== null || file.isReadOnly}
          />
          <VersionTimeline live={live?.number ?? null} whyNotBack={whyNotBack} onRollBack={onRollBack} />
        </div>
        <div className="space-y-3 lg:space-y-4">
          <TryOnLive models={models} live={live?.number ?? null} />
          <BackupList fileName={file.name} />
        </div>
      </div>
      {live && target !== null ? (
        <RollBackDialog to={target} live={live.number} why={whyNotBack} onClose={() => setTarget(null)} />
      ) : null}
    </Page>
  );
}

/** Link to the editor; named "View rules" where the text is read-only. */
function EditLink({ isReadOnly }: { isReadOnly: boolean }) {
  return (
    <LinkButton href={paths.rulesEdit()} look={isReadOnly ? "plain" : "solid"}>
      <Icon name={isReadOnly ? "rules" : "edit"} className="size-3.5" />
      <span>
        {isReadOnly ? "View" : "Edit"}
        <span className="hidden sm:inline"> rules</span>
      </span>
    </LinkButton>
  );
}

/** Reason why a change is impossible for roles that may make it; other roles see no button. */
function readOnly(file: { isReadOnly: boolean; name: string }): string | null {
  return file.isReadOnly ? `${file.name} is read-only here. Change it where it is deployed from.` : null;
}

function NothingLive({ fileName }: { fileName: string }) {
  return (
    <Panel>
      <Empty icon="rules" title="No rules are live yet.">
        <p>
          The proxy takes in <span className="font-mono text-xs">{fileName}</span> when it starts; until then every
          request gets the model it asked for.
        </p>
      </Empty>
    </Panel>
  );
}
