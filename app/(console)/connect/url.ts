import { type Surface, surfaces } from "./snippets.ts";

/** View of Connect, kept in the address. */
export interface ConnectView {
  tab: Surface;
  /** The person comes from the first-run wizard. */
  isFirst: boolean;
}

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. Invalid ones become the default, so that old links open. */
export const readView = ({ tab, first }: Params): ConnectView => ({
  tab: surfaces.find((surface) => surface === tab) ?? "shell",
  isFirst: first === "1",
});

/** Formats the view as search parameters. The tab is always named: it is what a colleague is sent to. */
export const viewParams = ({ tab, isFirst }: ConnectView): Record<string, string> => ({
  tab,
  ...(isFirst ? { first: "1" } : {}),
});
