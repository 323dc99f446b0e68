"use client";

import { useEffect } from "react";

/** Where the focus was. */
export interface FocusPath {
  /** The element and its ancestors below `body`, innermost first. */
  ancestors: readonly HTMLElement[];
  /** The controls before it, in its layer or on its page. */
  before: ReadonlySet<HTMLElement>;
}

const LAYERS = '[role="dialog"], [role="menu"], [role="listbox"]';
const SCOPES = `${LAYERS}, main`;
const CONTROLS = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex="0"]';

/** A closed layer has given the focus back by then. */
const LAYER_MS = 100;

/** The place last focused outside menus and dialogs: what they were opened from, one out of another. */
let outsideLayers: FocusPath | null = null;

/** The place of an element as it is now; null for none, and for `body`. */
export function findFocusPath(element: Element | null): FocusPath | null {
  const ancestors: HTMLElement[] = [];
  for (let at = element; at instanceof HTMLElement && at !== document.body; at = at.parentElement) ancestors.push(at);
  const [focused] = ancestors;
  if (focused === undefined) return null;
  const controls = (focused.closest(SCOPES) ?? document.body).querySelectorAll<HTMLElement>(CONTROLS);
  const isBefore = (control: HTMLElement) =>
    (control.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  return { ancestors, before: new Set([...controls].filter(isBefore)) };
}

/**
 * Gives the focus to what a layer was opened from. Where that is gone, to the control that took its place; where all
 * around it is gone, as with a menu that opened a dialog, to what was focused before the first layer; at last to the
 * content of the page.
 */
export function focusBack(opener: FocusPath | null): void {
  if (!focusNear(opener) && !focusNear(outsideLayers)) focusContent();
}

/**
 * False when nothing of the place is left, so that its neighbourhood says nothing. Never scrolls: a reader may be
 * elsewhere.
 */
function focusNear(place: FocusPath | null): boolean {
  const near = place?.ancestors.find((element) => element.checkVisibility());
  if (place === null || near === undefined) return false;
  if (near === place.ancestors[0]) near.focus({ preventScroll: true });
  if (isFocusLost()) controlNear(place, near)?.focus({ preventScroll: true });
  if (isFocusLost()) focusContent();
  return true;
}

/**
 * Finds the control that takes the focus of a removed one. It is the control that follows those which were before the
 * place, if it is in `near`, what is left around the place. Otherwise it is the last one before the place. So the next
 * row follows a removed one, and the first new row follows "Show more".
 */
function controlNear({ ancestors, before }: FocusPath, near: HTMLElement): HTMLElement | undefined {
  const scope = ancestors.find((element) => element.matches(SCOPES) && element.isConnected) ?? near;
  const controls = [...scope.querySelectorAll<HTMLElement>(CONTROLS)].filter((control) => control.checkVisibility());
  const last = controls.findLastIndex((control) => before.has(control));
  const next = controls[last + 1];
  // A page that another one replaced: its first control has nothing to do with the place.
  if (last === -1 && near.matches("main, :has(main)")) return undefined;
  return next !== undefined && (near.contains(next) || last === -1) ? next : controls[last];
}

function focusContent(): void {
  const content = document.querySelector("main");
  if (content === null) return;
  content.tabIndex = -1;
  content.focus({ preventScroll: true });
}

/**
 * Keeps the keyboard's place on the page when the focused element goes away, is hidden or is moved. Examples are a
 * revoked key's row, a button that goes with its own press, and a page that a link replaces. Browsers give the focus to
 * `body` then, and the next Tab starts at the top.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let place: FocusPath | null = null;
    const note = ({ target }: FocusEvent) => {
      place = findFocusPath(target as Element);
      if ((target as Element).closest(LAYERS) === null) outsideLayers = place;
    };
    // A press may be the second on the same control: what it added before is before it by now.
    const renew = () => {
      if (place !== null && place.ancestors[0] === document.activeElement)
        place = findFocusPath(document.activeElement);
    };
    // Fallback where a layer does not give the focus back itself. A layer gives it back unless what opened it is gone
    // or hidden, such as a menu whose row was removed.
    const restore = () => isFocusLost() && focusBack(null);
    const observer = new MutationObserver((records) => {
      if (place === null || !isFocusLost()) return;
      const { ancestors } = place;
      const isIn = (nodes: NodeList) => [...nodes].some((node) => ancestors.includes(node as HTMLElement));
      if (records.some(({ removedNodes }) => isIn(removedNodes)) && !focusNear(place)) setTimeout(restore, LAYER_MS);
    });
    // Focus also ends where its element is hidden or disabled. A reader who clicked beside a control has left it: when
    // it goes away later, the focus stays where it is.
    const leave = ({ target }: FocusEvent) =>
      setTimeout(() => {
        const [element] = place?.ancestors ?? [];
        if (element === undefined || element !== target || !isFocusLost()) return;
        if (!element.checkVisibility() || element.matches(":disabled")) focusNear(place);
        else place = null;
      });
    document.addEventListener("focusin", note);
    document.addEventListener("focusout", leave);
    document.addEventListener("click", renew, true);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", note);
      document.removeEventListener("focusout", leave);
      document.removeEventListener("click", renew, true);
      observer.disconnect();
    };
  }, []);
}

const isFocusLost = (): boolean => document.activeElement === null || document.activeElement === document.body;
