/** Tests whether a navigation entry is the page at `pathname` or a parent of it. */
export const isActive = (pathname: string, href: string): boolean =>
  href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
