import type { ReactNode } from "react";
import { firstData, Hydrated } from "#app/_data/hydrated.tsx";
import { consoleFrame } from "#app/_server/frame.ts";
import { ZoneProvider } from "#app/_ui/time.tsx";
import { ConsoleShell } from "./_shell/console-shell.tsx";
import { alertQueries } from "./alerts/queries.ts";

/** Shell of every signed-in page. Each page checks permissions through `control`. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const frame = await consoleFrame();
  // Without a sign-in the page itself redirects, because only it knows the address to return to.
  if (!frame) return children;
  const { zone, alerts, ...shell } = frame;
  // With the first answer the menu has its count at once, and asks again only when it has become stale.
  const first = alerts === null ? [] : [firstData(alertQueries.count(), alerts)];
  return (
    <ZoneProvider zone={zone}>
      <Hydrated first={first}>
        <ConsoleShell {...shell}>{children}</ConsoleShell>
      </Hydrated>
    </ZoneProvider>
  );
}
