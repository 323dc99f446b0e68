import { formatMoney, formatMoneyExact } from "#core/report/format.ts";
import { cx } from "./cx.ts";

/** Amount with the exact nano-dollars as tooltip. Null is "unpriced", a loss is red. */
export function Money({ nanoUsd, className }: { nanoUsd: string | null; className?: string }) {
  if (nanoUsd === null) {
    return (
      <span
        className={cx("text-warn", className)}
        title="No cost is known: the model has no price, or the provider did not say what it used"
      >
        unpriced
      </span>
    );
  }
  return (
    <span className={cx("tn", nanoUsd.startsWith("-") && "text-danger", className)} title={formatMoneyExact(nanoUsd)}>
      {formatMoney(nanoUsd)}
    </span>
  );
}
