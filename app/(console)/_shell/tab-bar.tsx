"use client";

import { useRouter } from "next/navigation";
import { signOut } from "#app/_data/sign-out.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "#app/_ui/menu.tsx";
import { AlertCount } from "./alert-count.tsx";
import type { NavItem } from "./nav-items.ts";
import { NavLink } from "./nav-link.tsx";

const ON_BAR = 4;

/** Phone navigation: four pages, the others under More. */
export function TabBar({ items, person }: { items: readonly NavItem[]; person: { name: string; role: string } }) {
  const router = useRouter();
  const chosen = items.filter((item) => item.isOnBar).slice(0, ON_BAR);
  const first = [...chosen, ...items.filter((item) => !item.isOnBar).slice(0, ON_BAR - chosen.length)];
  const rest = items.filter((item) => !first.includes(item));
  return (
    <nav
      aria-label="Primary"
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-t border-line bg-surface px-1 pb-[max(0.5rem,env(safe-area-inset-bottom))] pt-1.5 text-2xs lg:hidden"
    >
      {first.map((item) => (
        <NavLink
          key={item.href}
          item={item}
          className="flex min-h-11 flex-col items-center justify-center gap-0.5"
          here="font-medium text-ink"
          elsewhere="text-ink3"
        />
      ))}
      <Menu
        trigger={
          <button
            type="button"
            className="relative flex min-h-11 flex-col items-center justify-center gap-0.5 text-ink3"
          >
            <Icon name="dots" />
            More
            {rest.some(({ counts }) => counts) ? <AlertCount className="absolute left-1/2 top-0 ml-1.5" /> : null}
          </button>
        }
      >
        <MenuLabel>
          {person.name} · {person.role}
        </MenuLabel>
        {rest.map((item) => (
          <MenuItem key={item.href} onSelect={() => router.push(item.href)}>
            <Icon name={item.icon} />
            {item.label}
            {item.counts ? <AlertCount className="ml-auto" /> : null}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={signOut}>
          <Icon name="out" />
          Sign out
        </MenuItem>
      </Menu>
    </nav>
  );
}
