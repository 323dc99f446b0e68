"use client";

import { ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";

/** Error page of the rules. Model traffic is not affected. */
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
