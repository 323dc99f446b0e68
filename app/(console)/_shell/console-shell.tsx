import type { ReactNode } from "react";
import type { PersonActor } from "#control/session/check-session.ts";
import { may } from "#core/access/permissions.ts";
import { navItems } from "./nav-items.ts";
import { Sidebar } from "./sidebar.tsx";
import { TabBar } from "./tab-bar.tsx";

/** Navigation around a page, with the entries the role may read. */
export function ConsoleShell({
  actor,
  organisation,
  children,
}: {
  actor: PersonActor;
  organisation: string;
  children: ReactNode;
}) {
  const items = navItems.filter((item) => may(actor, item.needs));
  const person = { name: actor.name, email: actor.email, role: actor.role };
  return (
    <>
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
        Skip to content
      </a>
      <div className="flex min-h-dvh">
        <Sidebar items={items} organisation={organisation} person={person} />
        <main id="main" className="min-w-0 flex-1 pb-20 lg:pb-6">
          {children}
        </main>
      </div>
      <TabBar items={items} person={person} />
    </>
  );
}
