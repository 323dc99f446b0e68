import { Ago } from "#app/_ui/time.tsx";
import type { PricesView } from "./queries.ts";

/** Which prices are in force, and where they come from. */
export function StatePanel({ book: { listVersion, version, file } }: { book: PricesView }) {
  return (
    <div className="rounded-lg border border-line bg-surface px-4 py-3 lg:px-5">
      <p>
        Requests are priced with the list of <span className="font-medium">{listVersion}</span>
        {version === null ? (
          ". This organisation has no own prices."
        ) : (
          <>
            {" "}
            and <span className="font-medium">own prices v{version.number}</span>, saved by {version.actorName}{" "}
            <Ago at={version.savedAt} />.
          </>
        )}
      </p>
      <p className="mt-0.5 text-xs text-ink3">
        Dollars per million tokens. A day is a UTC day. Requests keep the prices that were in force when they began.
      </p>
      {file === null ? null : (
        <p className="mt-2 text-xs text-ink2 [overflow-wrap:anywhere]">
          Own prices are kept in <code className="font-mono">{file.path}</code> (CCO_PRICES_FILE), and changed there.
        </p>
      )}
      {file?.problem ? (
        <p role="alert" className="mt-2 rounded-md bg-dangersoft px-3 py-2 text-danger [overflow-wrap:anywhere]">
          {file.problem} The last good prices stay in force.
        </p>
      ) : null}
    </div>
  );
}
