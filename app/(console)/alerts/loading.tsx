import { Page } from "#app/_ui/page.tsx";

/** Placeholder while the page loads. */
export default function Loading() {
  return (
    <Page title="Alerts">
      <div aria-hidden="true" className="space-y-3 lg:space-y-4">
        <div className="skeleton h-[232px] rounded-lg" />
        <div className="skeleton h-[460px] rounded-lg" />
        <div className="skeleton h-[260px] rounded-lg" />
      </div>
    </Page>
  );
}
