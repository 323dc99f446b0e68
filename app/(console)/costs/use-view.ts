"use client";

import { useCallback } from "react";
import { useAddressView } from "#app/_data/use-address-view.ts";
import { type CostView, readView, viewParams } from "./url.ts";

/** View in the address of Overview or Costs. */
export function useView(buildAddress: (params: Record<string, string>) => string) {
  return useAddressView<CostView>(
    readView,
    useCallback((view: CostView) => buildAddress(viewParams(view)), [buildAddress]),
  );
}
