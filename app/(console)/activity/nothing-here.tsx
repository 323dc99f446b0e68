import { Button } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import type { RequestPage } from "#core/activity/request-view.ts";
import { NoRequestsYet } from "../_parts/no-requests-yet.tsx";
import { type ActivityView, hasFilters, withoutFilters } from "./url.ts";

/** Empty state: no traffic yet, none in the range, or none that matches, each with one link. */
export function NothingHere({
  what,
  state,
  isOwn,
  view,
  change,
}: {
  what: "requests" | "sessions";
  state: RequestPage["state"];
  isOwn: boolean;
  view: ActivityView;
  change: (part: Partial<ActivityView>) => void;
}) {
  if (state === "empty")
    return <NoRequestsYet {...(isOwn ? { title: "You have sent no request through CCO yet." } : {})} />;
  if (hasFilters(view)) {
    return (
      <Empty icon="filter" title="Nothing matched the filters in this range.">
        <Button className="mt-2" onClick={() => change(withoutFilters)}>
          Remove the filters
        </Button>
      </Empty>
    );
  }
  const wider =
    view.range === "30d" ? { range: "qtd", name: "this quarter" } : { range: "30d", name: "the last 30 days" };
  return (
    <Empty
      icon="calendar"
      title={what === "sessions" ? "No session in this range." : "Nothing was recorded in this range."}
    >
      {what === "sessions" ? <p>Claude Code names its sessions; requests of other clients have none.</p> : null}
      <Button className="mt-2" onClick={() => change({ range: wider.range })}>
        Show {wider.name}
      </Button>
    </Empty>
  );
}
