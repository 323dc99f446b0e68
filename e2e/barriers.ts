import type { Page } from "@playwright/test";
import axe from "axe-core";

/** What WCAG 2.2 AA asks, as far as a program can check. */
const everyRule = { type: "tag" as const, values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
/** The rules among them whose outcome a theme can change. */
const colourRules = { type: "rule" as const, values: ["color-contrast", "link-in-text-block"] };

/** What axe finds on the page as it stands, and whether it scrolls sideways. */
export async function barriers(on: Page, path: string): Promise<string[]> {
  // Wait for the title of the page. A page that was reached by a link gets its title a moment after its heading. One
  // without a title stays without it.
  await on.waitForFunction(() => document.title !== "", null, { timeout: 20_000 }).catch(() => {});
  const found = await violations(on, path, everyRule);
  const overflow = await on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return overflow > 0 ? [...found, `${path}: scrolls sideways by ${overflow} px`] : found;
}

/** What axe finds against the colours of the page, once they stand still. For a page whose other barriers are known. */
export async function colourBarriers(on: Page, path: string): Promise<string[]> {
  await on.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation instanceof CSSTransition)
        .map((transition) => transition.finished),
    ),
  );
  return violations(on, path, colourRules);
}

/**
 * Violations with the first three elements of each. axe is brought to a document once: its half a megabyte takes 0.15 s
 * to read. It names elements for violations alone: naming all it has passed took as long as the rules themselves.
 */
async function violations(on: Page, path: string, rules: typeof everyRule | typeof colourRules): Promise<string[]> {
  if (!(await on.evaluate(() => "axe" in window))) await on.evaluate(axe.source);
  const found = await on.evaluate(async (runOnly) => {
    const here = window as unknown as { axe: typeof axe };
    const { violations } = await here.axe.run(document, { runOnly, resultTypes: ["violations"] });
    return violations.map(
      ({ id, nodes }) =>
        `${id} ${nodes
          .slice(0, 3)
          .map((node) => node.target)
          .join(" ")}`,
    );
  }, rules);
  return found.map((violation) => `${path}: ${violation}`);
}
