import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";

/** Switch between a chart and its table. */
export function TableSwitch({ isOn, onSwitch }: { isOn: boolean; onSwitch: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onSwitch}
      className={cx(
        "flex h-7 items-center gap-1.5 rounded-md px-2 text-xs hover:bg-sunken hover:text-ink",
        isOn ? "bg-sunken font-medium" : "text-ink2",
      )}
    >
      <Icon name={isOn ? "costs" : "table"} className="size-3.5" />
      <span className="sr-only sm:not-sr-only">{isOn ? "Chart" : "Table"}</span>
    </button>
  );
}
