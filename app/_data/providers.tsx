"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useLayoutEffect, useState } from "react";
import { applyMissingTheme } from "#app/_ui/apply-theme.ts";
import { useKeptFocus } from "#app/_ui/keep-focus.ts";
import { Toaster } from "#app/_ui/toaster.tsx";
import { makeQueryClient } from "./query-client.ts";

/**
 * Providers around every page: query client, toasts and the place of the focus. Short because the layout is drawn on the server, and this in
 * the browser.
 */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeQueryClient);
  useLayoutEffect(applyMissingTheme, []);
  useKeptFocus();
  return (
    <QueryClientProvider client={client}>
      {children}
      <Toaster />
    </QueryClientProvider>
  );
}
