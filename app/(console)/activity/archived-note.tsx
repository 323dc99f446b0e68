import { paths } from "#app/paths.ts";
import { type ActivityView, scopeParams } from "./url.ts";

/**
 * Says where a list of single requests ends because older ones are archived, and how to get at them. Nothing where the range
 * begins later.
 */
export function ArchivedNote({ before, view, isOwn }: { before: string | null; view: ActivityView; isOwn: boolean }) {
  if (before === null) return null;
  return (
    <p className="mt-3 text-sm text-ink3" role="note">
      Single requests before {before} (UTC) are archived and not listed here; totals include them.
      {isOwn ? null : (
        <>
          {" "}
          <a className="underline" href={paths.requestsCsv(scopeParams(view))}>
            Export this range with them
          </a>
        </>
      )}
    </p>
  );
}
