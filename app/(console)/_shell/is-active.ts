/** Whether a navigation entry stands for the page at `pathname` (sub-pages count). */
export const isActive = (pathname: string, href: string): boolean =>
  href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
