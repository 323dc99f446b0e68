/** What the page opens with, kept in the address. */
export interface PricesView {
  /** Model whose price is to be added; null: the dialog is closed. */
  add: string | null;
  /** `all`: models that are retired, too. */
  show: "current" | "all";
}

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. Invalid ones become the default, so that old links open. */
export function readView(params: Params): PricesView {
  const add = [params.add].flat()[0] ?? null;
  return {
    add: add === null || add.length > 256 ? null : add,
    show: [params.show].flat()[0] === "all" ? "all" : "current",
  };
}

export const viewParams = ({ add, show }: PricesView): Record<string, string> => ({
  ...(add === null ? {} : { add }),
  ...(show === "all" ? { show } : {}),
});
