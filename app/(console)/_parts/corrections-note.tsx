import { Link } from "#app/_ui/link.tsx";
import { paths } from "#app/paths.ts";
import type { CorrectionView } from "#core/costs/correction-view.ts";
import type { FiguresView } from "#core/costs/figures.ts";
import { formatCounted } from "#core/report/plural.ts";
import { SignedMoney } from "./signed-money.tsx";

/** Names the corrections of a range, which are part of every amount of it. Nothing where there is none. */
export function CorrectionsNote({
  corrections,
  total: { correctedNanoUsd, planCorrectedNanoUsd },
}: {
  corrections: readonly CorrectionView[];
  total: Pick<FiguresView, "correctedNanoUsd" | "planCorrectedNanoUsd">;
}) {
  if (corrections.length === 0) return null;
  return (
    <p>
      With {formatCounted(corrections.length, "correction")} of these days, which changed the cost by{" "}
      <SignedMoney nanoUsd={correctedNanoUsd} />
      {planCorrectedNanoUsd === "0" ? null : (
        <>
          {" "}
          and the plan value by <SignedMoney nanoUsd={planCorrectedNanoUsd} />
        </>
      )}
      .{" "}
      <Link href={`${paths.prices()}#corrections`} className="inline-flex min-h-6 items-center font-medium text-accent">
        Show corrections
      </Link>
    </p>
  );
}
