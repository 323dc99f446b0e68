import { Page } from "#app/_ui/page.tsx";
import { KpiSkeleton } from "../_parts/kpi-strip.tsx";

/** Placeholder while the page loads. */
export default function Loading() {
  return (
    <Page title="Budgets">
      <KpiSkeleton />
      <div aria-hidden="true" className="space-y-3 lg:space-y-4">
        <div className="skeleton h-[420px] rounded-lg" />
        <div className="skeleton h-[360px] rounded-lg" />
      </div>
    </Page>
  );
}
