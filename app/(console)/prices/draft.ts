/** A text of own prices that is to be reviewed before it is saved. */
export interface Draft {
  toml: string;
  comment: string;
  /** Set where it is the text of an earlier version. */
  rollBackTo?: number;
}
