import { expect, type Page } from "@playwright/test";

/** Expects that what took the focused element away left the focus in the content of the page, not on `body`. */
export const expectFocusInContent = (page: Page): Promise<void> =>
  expect(page.locator("main:focus, main :focus")).toHaveCount(1);
