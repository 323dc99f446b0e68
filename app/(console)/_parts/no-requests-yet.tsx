import { LinkButton } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { paths } from "#app/paths.ts";

/** Empty state before the first request, with a link to Connect. */
export function NoRequestsYet({ title = "No request has passed through CCO yet." }: { title?: string }) {
  return (
    <Empty icon="connect" title={title}>
      <p>Point Claude Code at this address and the first request appears here within seconds.</p>
      <div className="mt-3">
        <LinkButton href={paths.connect()} look="solid">
          Connect Claude Code
        </LinkButton>
      </div>
    </Empty>
  );
}
