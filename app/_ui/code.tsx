import { CopyButton } from "./copy-button.tsx";

/** Code block with a copy button. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <figure className="overflow-hidden rounded-lg border border-line bg-sunken">
      <figcaption className="flex items-center justify-between gap-2 border-b border-line py-1.5 pl-3 pr-1.5 text-xs text-ink2">
        {label}
        <CopyButton text={text} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling block must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto p-3 font-mono text-xs leading-5">
        {text}
      </pre>
    </figure>
  );
}
