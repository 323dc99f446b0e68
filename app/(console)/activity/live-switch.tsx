import { cx } from "#app/_ui/cx.ts";
import { formatCount } from "#core/report/format.ts";
import type { Live } from "./use-live.ts";

/** Switch between Live and the selected range. */
export function LiveSwitch({ isOn, onSwitch }: { isOn: boolean; onSwitch: () => void }) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      onClick={onSwitch}
      className={cx(
        "flex h-8 items-center gap-2 rounded-md border px-2.5 hover:bg-sunken",
        isOn ? "border-saved bg-savedsoft font-medium text-saved" : "border-line bg-surface text-ink2",
      )}
    >
      <span className="relative flex size-2">
        {isOn ? <span className="absolute inset-0 animate-ping rounded-full bg-saved opacity-50" /> : null}
        <span className={cx("relative size-2 rounded-full", isOn ? "bg-saved" : "bg-field")} />
      </span>
      Live
    </button>
  );
}

/** Counts of rows that wait while the list is paused, and of rows that were skipped. */
export function LiveBar({ live, onStop }: { live: Live; onStop: () => void }) {
  const { feed, isPaused, error, resume } = live;
  const passed = feed.passed > 0 ? `${formatCount(feed.passed)} more ended than could be drawn.` : "";
  return (
    <div className="sticky top-14 z-[5] flex min-h-9 flex-wrap items-center gap-x-3 border-b border-line bg-surface px-4 py-1 text-xs text-ink2 lg:px-5">
      {error ? <span className="text-danger">{error}</span> : null}
      {isPaused ? (
        <>
          <span>Paused while you read.</span>
          <button type="button" onClick={resume} className="min-h-6 font-medium text-accent">
            {feed.waiting.length === 0 ? "Go on" : `${formatCount(feed.waiting.length)} new`}
          </button>
        </>
      ) : (
        <span>Following the traffic; scroll or select to pause.</span>
      )}
      <span className="tn ml-auto">{passed}</span>
      <button type="button" onClick={onStop} className="min-h-6 font-medium text-accent">
        Stop
      </button>
      <span role="status" className="sr-only">
        {isPaused ? `Live is paused, ${feed.waiting.length} new` : "Live"}
      </span>
    </div>
  );
}
