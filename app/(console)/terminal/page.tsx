import type { Metadata } from "next";
import { requireActor } from "#app/_server/page-actor.ts";
import { paths } from "#app/paths.ts";
import { TerminalClient } from "./client.tsx";

export const metadata: Metadata = { title: "Terminal" };

/** Commands of the proxy's terminal in the browser. The WebSocket checks permission. */
export default async function TerminalPage() {
  await requireActor(paths.terminal());
  return <TerminalClient />;
}
