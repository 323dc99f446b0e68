import { cx } from "./cx.ts";

/**
 * Text a person chose (of a key, a project, a team, themselves) on one line: where its place ends it ends with an ellipsis,
 * whole in the tooltip. A name from right to left loses its own end, and does not turn what stands beside it.
 */
export function Name({ text, className }: { text: string; className?: string }) {
  return (
    <span dir="auto" title={text} className={cx("block min-w-0 max-w-full truncate text-left", className)}>
      {text}
    </span>
  );
}
