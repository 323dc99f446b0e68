"use client";

import { useRouter } from "next/navigation";
import { signOut } from "#app/_data/sign-out.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "#app/_ui/menu.tsx";
import { ThemeSwitch } from "#app/_ui/theme-switch.tsx";
import { paths } from "#app/paths.ts";

/** Menu with the signed-in person, theme and sign-out. */
export function PersonMenu({ person }: { person: { name: string; email: string; role: string } }) {
  const router = useRouter();
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left hover:bg-sunken"
        >
          <span
            aria-hidden="true"
            className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accentsoft text-2xs font-semibold text-accent"
          >
            {initials(person.name)}
          </span>
          <span className="min-w-0">
            <span className="block truncate font-medium leading-4">{person.name}</span>
            <span className="block truncate text-2xs capitalize text-ink3">{person.role}</span>
          </span>
          <span className="ml-auto text-ink3">
            <Icon name="updown" className="size-3.5" />
          </span>
        </button>
      }
    >
      <MenuLabel>{person.email}</MenuLabel>
      <div className="px-2 py-1.5">
        <ThemeSwitch />
      </div>
      <MenuSeparator />
      <MenuItem onSelect={() => router.push(paths.settings())}>
        <Icon name="settings" />
        Settings
      </MenuItem>
      <MenuItem onSelect={signOut}>
        <Icon name="out" />
        Sign out
      </MenuItem>
    </Menu>
  );
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
