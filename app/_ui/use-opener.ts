"use client";

import { useRef } from "react";

/**
 * Finds the element that gets the focus back when a layer without a trigger closes: the one focused when the layer was
 * opened, or, for an entry of a menu, the button of that menu. Radix returns the focus to its own triggers only.
 * It is read while rendering because an `autoFocus` inside the layer and the closing menu both move the focus before any
 * effect runs.
 */
export function useOpener(open: boolean): () => HTMLElement | null {
  const opener = useRef<HTMLElement | null>(null);
  const wasOpen = useRef(false);
  if (open && !wasOpen.current && typeof document !== "undefined") opener.current = openerOf(document.activeElement);
  wasOpen.current = open;
  return () => (opener.current?.isConnected ? opener.current : null);
}

function openerOf(active: Element | null): HTMLElement | null {
  if (!(active instanceof HTMLElement) || active === document.body) return null;
  const layer = active.closest<HTMLElement>("[data-radix-popper-content-wrapper] > [id]");
  const trigger = layer && document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(layer.id)}"]`);
  return trigger ?? active;
}
