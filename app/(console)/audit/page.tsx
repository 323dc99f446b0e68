import type { Metadata } from "next";
import { firstData, firstPage, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { listAuditActors, listAuditEntries } from "#control/audit/list.ts";
import { controlDeps } from "#control/deps.ts";
import { reportingZone } from "#control/settings/read.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { AuditClient } from "./client.tsx";
import { auditQueries } from "./queries.ts";
import { readView, scopeParams, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Audit log" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Audit log: every write, sign-in and export, with person, time and source. */
export default async function AuditLogPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.audit(viewParams(view)));
  const deps = await controlDeps();
  const why = await whyNot(actor, "audit.read", deps);
  if (why) return <NotAllowed title="Audit log" why={why} />;
  const zone = await reportingZone(deps);
  const [page, actors] = await Promise.all([
    listAuditEntries(actor, scopeParams(view, zone), deps),
    listAuditActors(actor, deps),
  ]);
  return (
    <Hydrated first={[firstData(auditQueries.log(view, zone), firstPage(page))]}>
      <AuditClient actors={actors} zone={zone} />
    </Hydrated>
  );
}
