import { Page } from "#app/_ui/page.tsx";

/** Placeholder while the page loads. */
export default function Loading() {
  return (
    <Page title="Rules">
      <div aria-hidden="true" className="space-y-3 lg:space-y-4">
        <div className="skeleton h-16 rounded-lg" />
        <div className="grid gap-3 lg:gap-4 xl:grid-cols-[minmax(0,1fr)_340px]">
          <div className="skeleton h-[420px] rounded-lg" />
          <div className="skeleton h-[320px] rounded-lg" />
        </div>
      </div>
    </Page>
  );
}
