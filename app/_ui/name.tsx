import { cx } from "./cx.ts";

/**
 * Text a person chose, such as the name of a key, on one line. It may also be the name of a project, of a team or of
 * that person. Where its place ends, the text ends with an ellipsis, and the tooltip has the whole. A name from right
 * to left loses its own end, and does not turn what stands beside it.
 */
export function Name({ text, className }: { text: string; className?: string }) {
  return (
    <span dir="auto" title={text} className={cx("block min-w-0 max-w-full truncate text-left", className)}>
      {text}
    </span>
  );
}
