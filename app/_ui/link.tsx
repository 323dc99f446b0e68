import NextLink from "next/link";
import type { ComponentProps } from "react";

/**
 * A link to a page of the console that is fetched when it is followed. A page with a list has fifty of them: fetching
 * what each leads to as soon as it is seen made the console render fifty pages for every one that is looked at. The
 * navigation's own links do fetch ahead.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
