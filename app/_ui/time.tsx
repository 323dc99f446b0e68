import { formatRelative } from "#core/report/format.ts";

const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
  timeZoneName: "short",
});

/** How long ago (or until), with the exact instant in UTC on hover; `suffix` (" ago", " left") is dropped for "now". Server and browser may differ by a second: no matter. */
export function Ago({ at, suffix }: { at: string; suffix?: string }) {
  const date = new Date(at);
  const text = formatRelative(date.getTime(), Date.now());
  return (
    <time dateTime={at} title={exact.format(date)} suppressHydrationWarning className="whitespace-nowrap">
      {text === "now" ? text : `${text}${suffix ?? ""}`}
    </time>
  );
}

/** An instant to the second, in UTC. */
export const Instant = ({ at }: { at: string }) => (
  <time dateTime={at} className="whitespace-nowrap">
    {exact.format(new Date(at))}
  </time>
);
