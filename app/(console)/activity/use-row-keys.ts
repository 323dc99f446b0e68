"use client";

import { useEffect } from "react";
import { isTyping } from "#app/_ui/sheet.tsx";

/**
 * Moves along the rows of the list with `j` and `k`, except in text fields, sheets and dialogs. Short because it reads
 * the keyboard, and the list draws.
 */
export function useRowKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.key !== "j" && event.key !== "k") || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.target === null || isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
      const rows = [...document.querySelectorAll<HTMLElement>("[data-request]")].filter((row) => row.offsetParent);
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const next = event.key === "j" ? at + 1 : Math.max(0, at - 1);
      rows[next]?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
