import { cx } from "#app/_ui/cx.ts";

/**
 * A sentence in which backticks mark code and two asterisks mark the name of a page. Short because it alone turns the
 * marks of help texts into elements.
 */
export function MarkedText({ text }: { text: string }) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, index) => {
    const key = `${index}:${part}`;
    if (part.startsWith("`"))
      return (
        <code
          key={key}
          className={cx(
            "rounded-sm bg-sunken px-1 font-mono text-xs text-ink",
            part.length < 30 ? "whitespace-nowrap" : "break-words",
          )}
        >
          {part.slice(1, -1)}
        </code>
      );
    if (part.startsWith("**"))
      return (
        <strong key={key} className="font-medium text-ink">
          {part.slice(2, -2)}
        </strong>
      );
    return part;
  });
}
