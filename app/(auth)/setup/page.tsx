import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { controlDeps } from "#control/deps.ts";
import { setupState } from "#control/setup/setup-link.ts";
import { AuthHead } from "../_parts/auth-head.tsx";
import { SetupForm } from "./client.tsx";

export const metadata: Metadata = { title: "Set up" };

type Search = Promise<Record<string, string | string[] | undefined>>;

/** Set-up page: opens with the one-time link printed at start, and is not found after the link was used. */
export default async function SetupPage({ searchParams }: { searchParams: Search }) {
  const { token } = await searchParams;
  const secret = typeof token === "string" ? token : null;
  const deps = await controlDeps();
  const state = await setupState(secret, deps);
  if (state === "closed") notFound();
  if (state === "bad-link" || secret === null) return <HowToGetALink hadLink={secret !== null} />;
  return <SetupForm token={secret} zoneFixed={deps.config.reportingZone} />;
}

function HowToGetALink({ hadLink }: { hadLink: boolean }) {
  return (
    <>
      <AuthHead title={hadLink ? "This set-up link has expired" : "CCO is not set up yet"}>
        {hadLink
          ? "A set-up link works once, for 30 minutes. Nothing is lost: get a new one."
          : "The first owner’s account is created with a one-time link, so that only the operator can create it."}
      </AuthHead>
      <ol className="list-decimal space-y-3 pl-5 text-ink2 marker:text-ink3">
        <li>
          Look at the terminal or the log where CCO was started. It printed a line that begins with{" "}
          <code className="font-mono text-xs text-ink">First run:</code>
        </li>
        <li>
          No link there, or an old one? Restart CCO: until the first account exists it prints a new link at every start.
          Model traffic is served normally.
        </li>
        <li>
          Without a browser, start it with <code className="font-mono text-xs text-ink">CCO_INIT_ADMIN_EMAIL</code> and{" "}
          <code className="font-mono text-xs text-ink">CCO_INIT_ADMIN_PASSWORD_FILE</code> set.
        </li>
      </ol>
    </>
  );
}
