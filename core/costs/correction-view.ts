/** A correction as console, API and command show it. Money in nano-dollars as text. */
export interface CorrectionView {
  number: number;
  kind: "reprice" | "undo";
  fromDay: string;
  /** The day after the last one. */
  toDay: string;
  /** "1 Oct – 31 Oct 2026" */
  label: string;
  zone: string;
  /** Empty: every model. */
  models: string[];
  priceVersion: string;
  /** Number of the correction that this one takes back. */
  undoes: number | null;
  undoneBy: number | null;
  /** Requests that were priced again. */
  requests: number;
  /** What it added to the cost, below zero where it took away. */
  changeNanoUsd: string;
  /** The same of the plan value. */
  planChangeNanoUsd: string;
  comment: string;
  actorName: string;
  tokenName: string | null;
  at: string;
}
