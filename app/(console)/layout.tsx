import type { ReactNode } from "react";
import { consoleFrame } from "#app/_server/frame.ts";
import { ZoneProvider } from "#app/_ui/time.tsx";
import { ConsoleShell } from "./_shell/console-shell.tsx";

/** The shell of every signed-in page. Who may see what is decided again by each page through `control`. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const frame = await consoleFrame();
  // Nobody is signed in: the page itself sends them to sign in, because only it knows its address to come back to.
  if (!frame) return children;
  const { zone, ...shell } = frame;
  return (
    <ZoneProvider zone={zone}>
      <ConsoleShell {...shell}>{children}</ConsoleShell>
    </ZoneProvider>
  );
}
