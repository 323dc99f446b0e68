import { Page } from "#app/_ui/page.tsx";
import { KpiSkeleton } from "../_parts/kpi-strip.tsx";

/** Placeholder while the page loads. */
export default function Loading() {
  return (
    <Page title="Cache">
      <KpiSkeleton />
      <div aria-hidden="true" className="space-y-3 lg:space-y-4">
        <div className="skeleton h-[224px] rounded-lg" />
        <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_340px] lg:gap-4">
          <div className="skeleton h-[260px] rounded-lg" />
          <div className="skeleton h-[260px] rounded-lg" />
        </div>
      </div>
    </Page>
  );
}
