import type { Metadata } from "next";
import { requireActor } from "#app/_server/page-actor.ts";
import { Page } from "#app/_ui/page.tsx";
import { paths } from "#app/paths.ts";
import { TerminalClient } from "./client.tsx";

export const metadata: Metadata = { title: "Terminal" };

/** The commands of the proxy's terminal socket, in the browser. Who may use it the socket decides. */
export default async function TerminalPage() {
  await requireActor(paths.terminal());
  return (
    <Page title="Terminal">
      <TerminalClient />
    </Page>
  );
}
