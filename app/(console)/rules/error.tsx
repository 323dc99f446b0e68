"use client";

import { ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";

/** Shown in place of a rules page that could not be made. Model traffic does not pass through here. */
export default function RulesError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const reference = error.digest ? ` Reference: ${error.digest}.` : "";
  return (
    <Page title="Rules">
      <ErrorCard
        title="This page could not be shown"
        message={`The live rules keep serving; only the console is affected.${reference}`}
        onRetry={reset}
      />
    </Page>
  );
}
