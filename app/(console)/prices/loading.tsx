import { Page } from "#app/_ui/page.tsx";

/** Placeholder while the page loads. */
export default function Loading() {
  return (
    <Page title="Prices">
      <div aria-hidden="true" className="space-y-3 lg:space-y-4">
        <div className="skeleton h-16 rounded-lg" />
        <div className="skeleton h-[480px] rounded-lg" />
      </div>
    </Page>
  );
}
