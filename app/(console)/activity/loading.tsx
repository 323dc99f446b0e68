import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { RowsSkeleton } from "./request-list.tsx";

/** Placeholder while the page loads. */
export default function Loading() {
  return (
    <Page title="Activity">
      <div aria-hidden="true" className="skeleton h-[204px] rounded-lg" />
      <Panel flush>
        <RowsSkeleton />
      </Panel>
    </Page>
  );
}
