import type { Metadata } from "next";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { requireActor } from "#app/_server/page-actor.ts";
import { whyNot } from "#app/_server/who-may.ts";
import { paths } from "#app/paths.ts";
import { readAlerts } from "#control/alerts/list.ts";
import { controlDeps } from "#control/deps.ts";
import { NotAllowed } from "../_parts/not-allowed.tsx";
import { AlertsClient } from "./client.tsx";
import { alertQueries } from "./queries.ts";
import { readView, viewParams } from "./url.ts";

export const metadata: Metadata = { title: "Alerts" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Page of the alerts: what fires now, the rules that watch, the channels, and the history. */
export default async function AlertsPage({ searchParams }: { searchParams: Search }) {
  const view = readView(await searchParams);
  const actor = await requireActor(paths.alerts(viewParams(view)));
  const deps = await controlDeps();
  const why = await whyNot(actor, "alerts.read", deps);
  if (why) return <NotAllowed title="Alerts" why={why} />;
  const alerts = await readAlerts(actor, deps);
  return (
    <Hydrated first={[firstData(alertQueries.page(), alerts)]}>
      <AlertsClient />
    </Hydrated>
  );
}
