import { type DataTag, dehydrate, HydrationBoundary, type InfiniteData, type QueryKey } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { makeQueryClient } from "./query-client.ts";

/** A query of the page and the answer the server has read for it. */
interface FirstData {
  queryKey: QueryKey;
  data: unknown;
}

/**
 * Pairs a query with the answer the server has read for it. The key carries the type of its data, so an answer of another
 * shape does not compile.
 */
export const firstData = <Key extends QueryKey, Data>(
  { queryKey }: { queryKey: DataTag<Key, Data, Error> },
  data: NoInfer<Data>,
): FirstData => ({ queryKey, data });

/** The answer of an endless query that has its first page; `null` asks for the first page everywhere. */
export const firstPage = <Page,>(page: Page): InfiniteData<Page, null> => ({ pages: [page], pageParams: [null] });

/**
 * Renders a page's client with the answers in its query client. The first paint has data, on the server as in the
 * browser. The browser asks again only for what has become stale. In the client, `useSuspenseQuery` reads what is here
 * for every view, and `useQuery` what depends on the address.
 */
export function Hydrated({ first, children }: { first: readonly FirstData[]; children: ReactNode }) {
  const client = makeQueryClient();
  for (const { queryKey, data } of first) client.setQueryData(queryKey, data);
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}
