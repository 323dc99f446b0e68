import { queryOptions } from "@tanstack/react-query";
import { getJson, sendJson } from "#app/_data/get-json.ts";
import type { CorrectionPreview } from "#control/corrections/correct.ts";
import type { PriceVersionDetail, PriceVersionPage } from "#control/prices/history.ts";
import type { PricesPreview } from "#control/prices/preview.ts";
import type { PricesView } from "#control/prices/read.ts";
import type { CorrectionView } from "#core/costs/correction-view.ts";

export type { CorrectionPreview } from "#control/corrections/correct.ts";
export type { ChangeView, SpanView } from "#control/prices/change-view.ts";
export type { PriceVersionDetail } from "#control/prices/history.ts";
export type { PricesPreview } from "#control/prices/preview.ts";
export type { PriceRow, PricesView } from "#control/prices/read.ts";
export type { PriceVersionView } from "#control/prices/version-view.ts";

export type { CorrectionView } from "#core/costs/correction-view.ts";

/** A file or another person may change the prices while the page is open. */
const REFRESH_MS = 30_000;

export const priceQueries = {
  all: () => ["prices"] as const,
  book: () =>
    queryOptions({
      queryKey: [...priceQueries.all(), "book"],
      queryFn: ({ signal }) => getJson<PricesView>("/api/prices", {}, signal),
      refetchInterval: REFRESH_MS,
    }),
  history: () =>
    queryOptions({
      queryKey: [...priceQueries.all(), "history"],
      queryFn: ({ signal }) => getJson<PriceVersionPage>("/api/prices/versions", { limit: 50 }, signal),
    }),
  version: (number: number) =>
    queryOptions({
      queryKey: [...priceQueries.all(), "version", number],
      queryFn: ({ signal }) => getJson<PriceVersionDetail>(`/api/prices/versions/${number}`, {}, signal),
    }),
  /** `base`: the version it is compared with, so that another one is asked for again. */
  preview: (toml: string, base: number | null) =>
    queryOptions({
      queryKey: [...priceQueries.all(), "preview", base, toml],
      queryFn: () => sendJson<PricesPreview>("POST", "/api/prices/preview", { toml }),
    }),
};

export const correctionQueries = {
  all: () => ["corrections"] as const,
  list: () =>
    queryOptions({
      queryKey: [...correctionQueries.all(), "list"],
      queryFn: ({ signal }) => getJson<{ corrections: CorrectionView[] }>("/api/corrections", {}, signal),
    }),
  /** `range`: days as everywhere, the second is not included. */
  preview: (range: string, models: readonly string[]) =>
    queryOptions({
      queryKey: [...correctionQueries.all(), "preview", range, ...models],
      queryFn: () => sendJson<CorrectionPreview>("POST", "/api/corrections/preview", { range, models }),
      // What is recorded meanwhile and the prices in force change it.
      staleTime: 0,
      retry: false,
    }),
};
