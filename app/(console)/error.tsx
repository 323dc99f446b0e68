"use client";

import { ErrorCard } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";

/** Error page. The rest of the console and model traffic are not affected. */
export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page title="Something went wrong">
      <ErrorCard
        title="This page could not be shown"
        message={`Model traffic is not affected. ${error.digest ? `The server’s log names it ${error.digest}.` : ""}`}
        onRetry={reset}
      />
    </Page>
  );
}
