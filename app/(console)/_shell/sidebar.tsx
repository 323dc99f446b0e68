import { Mark } from "#app/_ui/icon.tsx";
import type { NavItem } from "./nav-items.ts";
import { NavLink } from "./nav-link.tsx";
import { PersonMenu } from "./person-menu.tsx";
import { ProxyCard } from "./proxy-card.tsx";

const groups = [
  { id: "main", label: null },
  { id: "setup", label: "Set up" },
  { id: "admin", label: "Admin" },
] as const;

/** Desktop navigation; phones have the tab bar. */
export function Sidebar({
  items,
  organisation,
  person,
}: {
  items: readonly NavItem[];
  organisation: string;
  person: { name: string; email: string; role: string };
}) {
  return (
    <nav
      aria-label="Primary"
      className="sticky top-0 hidden h-dvh w-[220px] shrink-0 flex-col border-r border-line px-3 pb-3 lg:flex"
    >
      <div className="flex h-14 items-center gap-2.5 px-2">
        <Mark />
        <span className="text-base font-semibold tracking-[-.01em]">CCO</span>
        <span className="ml-auto max-w-[110px] truncate text-xs text-ink2" title={organisation}>
          {organisation}
        </span>
      </div>
      {groups.map((group) => {
        const own = items.filter((item) => item.group === group.id);
        if (own.length === 0) return null;
        return (
          <div key={group.id} className={group.label ? "mt-4" : "mt-1"}>
            {group.label ? <p className="mb-1 px-2.5 text-2xs text-ink3">{group.label}</p> : null}
            <ul className="space-y-px">
              {own.map((item) => (
                <li key={item.href}>
                  <NavLink
                    item={item}
                    className="flex h-8 items-center gap-2.5 rounded-md px-2.5 hover:bg-sunken"
                    here="bg-sunken font-medium"
                    elsewhere="text-ink2"
                  />
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <div className="mt-auto space-y-2">
        <ProxyCard />
        <PersonMenu person={person} />
      </div>
    </nav>
  );
}
