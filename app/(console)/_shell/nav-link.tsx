"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { AlertCount } from "./alert-count.tsx";
import type { NavItem } from "./nav-items.ts";

/**
 * Link to a page of the navigation. It is marked for the eye and for screen readers while one is on that page, or
 * below.
 */
export function NavLink({
  item: { href, icon, label, counts },
  className,
  here,
  elsewhere,
}: {
  item: NavItem;
  className: string;
  /** Look on the page itself. */
  here: string;
  elsewhere: string;
}) {
  const pathname = usePathname();
  const isHere = href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
  return (
    <Link href={href} aria-current={isHere ? "page" : undefined} className={cx(className, isHere ? here : elsewhere)}>
      <Icon name={icon} />
      {label}
      {counts ? <AlertCount className="ml-auto" /> : null}
    </Link>
  );
}
