"use client";

import { useRef } from "react";
import { type FocusPath, findFocusPath, focusBack } from "./keep-focus.ts";

/**
 * Returns a function that gives the focus back when a layer without a trigger closes. The focus goes to the element
 * focused when the layer was opened. For an entry of a menu it goes to the button of that menu. When that is gone, it
 * goes to what stands where it stood. Radix returns the focus to its own triggers only. The element is read while
 * rendering, because an `autoFocus` inside the layer and the closing menu both move the focus before any effect runs.
 */
export function useOpener(open: boolean): () => void {
  const opener = useRef<FocusPath | null>(null);
  const wasOpen = useRef(false);
  if (open && !wasOpen.current && typeof document !== "undefined") opener.current = findFocusPath(findOpener());
  wasOpen.current = open;
  return () => focusBack(opener.current);
}

function findOpener(): Element | null {
  const active = document.activeElement;
  const layer = active?.closest<HTMLElement>("[data-radix-popper-content-wrapper] > [id]");
  const trigger = layer && document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(layer.id)}"]`);
  return trigger ?? active;
}
