import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";

/** Progress over named steps. */
export function Steps({ names, current }: { names: readonly string[]; current: number }) {
  return (
    <ol aria-label="Steps" className="mb-8 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs">
      {names.map((name, index) => (
        <li
          key={name}
          aria-current={index === current ? "step" : undefined}
          className={cx("flex items-center gap-1.5", index === current ? "font-medium text-ink" : "text-ink3")}
        >
          {index > 0 ? <span aria-hidden="true" className="mr-0.5 h-px w-3 bg-edge" /> : null}
          <span
            className={cx(
              "tn inline-flex size-4.5 items-center justify-center rounded-full border text-2xs",
              index < current ? "border-saved text-saved" : index === current ? "border-ink" : "border-edge",
            )}
          >
            {index < current ? <Icon name="check" className="size-3" /> : index + 1}
          </span>
          {name}
          {index < current ? <span className="sr-only">(done)</span> : null}
        </li>
      ))}
    </ol>
  );
}
