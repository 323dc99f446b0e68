import { cx } from "#app/_ui/cx.ts";

const lights = { waiting: "bg-accent", saved: "bg-saved", danger: "bg-danger", warn: "bg-warn" } as const;

/** Status dot. */
export function Light({ look }: { look: keyof typeof lights }) {
  return (
    <span className="relative flex size-2.5" aria-hidden="true">
      <span
        className={cx(
          "absolute inset-0 scale-[1.9] rounded-full opacity-30",
          lights[look],
          look === "waiting" && "animate-pulse",
        )}
      />
      <span className={cx("relative size-2.5 rounded-full", lights[look])} />
    </span>
  );
}
