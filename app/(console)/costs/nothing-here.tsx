import { Button } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { type CostView, defaultView, hasFilters } from "./url.ts";

/** Empty state: no traffic in the range, or none that matches, each with one link. */
export function NothingHere({ view, change }: { view: CostView; change: (part: Partial<CostView>) => void }) {
  if (hasFilters(view)) {
    return (
      <Panel>
        <Empty icon="filter" title="Nothing matched the filters in this range.">
          <Button className="mt-2" onClick={() => change({ filters: defaultView.filters })}>
            Remove the filters
          </Button>
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel>
      <Empty icon="calendar" title="Nothing was recorded in this range.">
        <Button className="mt-2" onClick={() => change({ range: view.range === "30d" ? "qtd" : "30d" })}>
          Show {view.range === "30d" ? "this quarter" : "the last 30 days"}
        </Button>
      </Empty>
    </Panel>
  );
}
