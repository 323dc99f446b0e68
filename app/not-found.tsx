import { consoleFrame } from "#app/_server/frame.ts";
import { LinkButton } from "#app/_ui/button.tsx";
import { Mark } from "#app/_ui/icon.tsx";
import { Page } from "#app/_ui/page.tsx";
import { paths } from "#app/paths.ts";
import { may } from "#core/access/permissions.ts";
import { ConsoleShell } from "./(console)/_shell/console-shell.tsx";

/** Page for an unknown address, and for items the reader may not see. Signed-in people keep their navigation. */
export default async function NotFound() {
  const frame = await consoleFrame().catch(() => null);
  if (!frame) {
    return (
      <main className="mx-auto flex min-h-dvh max-w-[380px] flex-col justify-center px-5">
        <Mark />
        <h1 className="mt-6 text-[1.375rem] font-semibold leading-8 tracking-[-.02em]">Page not found</h1>
        <WhatNow href={paths.overview()} label="Go to Overview" />
      </main>
    );
  }
  const seesTotals = may(frame.actor, "totals.read");
  return (
    <ConsoleShell {...frame}>
      <Page title="Page not found">
        <WhatNow
          href={seesTotals ? paths.overview() : paths.activity()}
          label={seesTotals ? "Go to Overview" : "Go to Activity"}
        />
      </Page>
    </ConsoleShell>
  );
}

function WhatNow({ href, label }: { href: string; label: string }) {
  return (
    <div>
      <p className="mt-1 text-ink2">The address is wrong, or the item was removed.</p>
      <div className="mt-6">
        <LinkButton href={href}>{label}</LinkButton>
      </div>
    </div>
  );
}
