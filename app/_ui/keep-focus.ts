"use client";

import { useEffect } from "react";

/** An element and its ancestors below `body`, innermost first: the way back from where the focus was. */
export type FocusTrail = readonly HTMLElement[];

export function trailOf(element: Element | null): FocusTrail {
  const trail: HTMLElement[] = [];
  for (let at = element; at instanceof HTMLElement && at !== document.body; at = at.parentElement) trail.push(at);
  return trail;
}

/**
 * Gives the focus to what is left of a trail: the element itself, else a control near the place where it was, else the
 * content of the page. Does nothing when all of the trail is gone, as with a closed dialog.
 */
export function focusNear(trail: FocusTrail): void {
  const left = trail.find((element) => element.isConnected);
  if (left === undefined) return;
  if (left === trail[0]) left.focus();
  if (isFocusLost()) firstControl(left)?.focus();
  if (isFocusLost()) focusContent();
}

/** For a layer that was open when its page was loaded, and so has no opener. */
export function focusContent(): void {
  const content = document.querySelector("main");
  if (content === null) return;
  content.tabIndex = -1;
  content.focus({ preventScroll: true });
}

/**
 * Keeps the keyboard's place on the page when the focused element goes away (a revoked key's row, a button that a deed makes
 * pointless, a page that a link replaces) or is moved. Browsers give the focus to `body` then, and the next Tab starts at the top.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let trail: FocusTrail = [];
    const note = (event: FocusEvent) => {
      trail = trailOf(event.target instanceof Element ? event.target : null);
    };
    // Who clicks beside a control leaves it: it may go away later without calling the focus back.
    const forget = ({ target }: FocusEvent) =>
      setTimeout(() => {
        if (target === trail[0] && trail[0]?.isConnected && isFocusLost()) trail = [];
      });
    const observer = new MutationObserver((records) => {
      if (trail.length === 0 || !isFocusLost()) return;
      const removal = records.findLast(({ removedNodes }) =>
        [...removedNodes].some((node) => trail.includes(node as HTMLElement)),
      );
      if (removal === undefined) return;
      const beside = trail[0]?.isConnected ? null : controlBeside(removal);
      if (beside === null) focusNear(trail);
      else beside.focus();
    });
    document.addEventListener("focusin", note);
    document.addEventListener("focusout", forget);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", note);
      document.removeEventListener("focusout", forget);
      observer.disconnect();
    };
  }, []);
}

/** Where a row was removed, the row that took its place is nearer than the head of the list. */
function controlBeside({ nextSibling, previousSibling }: MutationRecord): HTMLElement | null {
  for (const node of [nextSibling, previousSibling]) {
    const control = node instanceof HTMLElement && node.isConnected ? firstControl(node) : null;
    if (control !== null) return control;
  }
  return null;
}

const isFocusLost = (): boolean => document.activeElement === null || document.activeElement === document.body;

const CONTROLS = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex="0"]';

/** Null in what holds the page's content: its first control has nothing to do with the place where the focus was. */
function firstControl(within: HTMLElement): HTMLElement | null {
  if (within.matches("main, :has(main)")) return null;
  const controls = [within, ...within.querySelectorAll<HTMLElement>(CONTROLS)];
  return controls.find((control) => control.matches(CONTROLS) && control.checkVisibility()) ?? null;
}
