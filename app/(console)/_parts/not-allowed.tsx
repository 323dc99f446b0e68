import { LinkButton } from "#app/_ui/button.tsx";
import { Empty } from "#app/_ui/empty.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";

/** Page for a role without permission: names the roles that have it. */
export function NotAllowed({ title, why }: { title: string; why: string }) {
  return (
    <Page title={title}>
      <Panel>
        <Empty icon="key" title="This page is not open to your role">
          <p>{why} An owner or admin can change your role on the Team page.</p>
          <div className="mt-4">
            <LinkButton href={paths.connect()}>Go to Connect</LinkButton>
          </div>
        </Empty>
      </Panel>
    </Page>
  );
}
