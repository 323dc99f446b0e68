import type { ReactNode } from "react";
import { consoleFrame } from "#app/_server/frame.ts";
import { ZoneProvider } from "#app/_ui/time.tsx";
import { ConsoleShell } from "./_shell/console-shell.tsx";

/** Shell of every signed-in page. Each page checks permissions through `control`. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const frame = await consoleFrame();
  // Without a sign-in the page itself redirects, because only it knows the address to return to.
  if (!frame) return children;
  const { zone, ...shell } = frame;
  return (
    <ZoneProvider zone={zone}>
      <ConsoleShell {...shell}>{children}</ConsoleShell>
    </ZoneProvider>
  );
}
