import type { ReactNode } from "react";
import { consoleFrame } from "#app/_server/frame.ts";
import { may } from "#core/access/permissions.ts";
import { navItems } from "./_shell/nav-items.ts";
import { Sidebar } from "./_shell/sidebar.tsx";
import { TabBar } from "./_shell/tab-bar.tsx";

/** The shell of every signed-in page. Who may see what is decided again by each page through `control`. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const frame = await consoleFrame();
  // Nobody is signed in: the page itself sends them to sign in, because only it knows its address to come back to.
  if (!frame) return children;
  const { actor, organisation } = frame;
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
