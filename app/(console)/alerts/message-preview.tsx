import { LinkButton } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Mark } from "#app/_ui/icon.tsx";
import { formatMoment, type SentMessage } from "./words.ts";

/** The newest message of an alert, as a channel was sent it; before the first one, what it will say. */
export function MessagePreview({
  message,
  zone,
  hasLinks,
}: {
  message: SentMessage | null;
  zone: string;
  hasLinks: boolean;
}) {
  if (message === null)
    return (
      <p className="text-ink2">
        It has not fired in 30 days. Its message will say what happened in one line, the figures, and the step that ends
        the cause. Send a test to see it arrive.
      </p>
    );
  return (
    <figure
      aria-label={`Message of ${formatMoment(message.at, zone)}`}
      className="rounded-md border border-edge bg-sunken p-3"
    >
      <div className="flex gap-3">
        <Mark />
        <div className="min-w-0 flex-1">
          <p className="text-xs text-ink3">
            <span className="font-semibold text-ink">CCO</span> {formatMoment(message.at, zone)}
          </p>
          <Said message={message} />
          {hasLinks ? (
            <div className="mt-2 flex flex-wrap gap-2">
              <LinkButton href={message.fix.path}>{message.fix.label}</LinkButton>
              <LinkButton href="/alerts">Show alert</LinkButton>
            </div>
          ) : null}
        </div>
      </div>
      <figcaption className="mt-2 text-xs text-ink3">
        {hasLinks
          ? "Its buttons open CCO, which asks once more. No text of a prompt is ever sent."
          : "Without buttons: CCO_PUBLIC_URL is not set, so no address of CCO is known outside. No text of a prompt is ever sent."}
      </figcaption>
    </figure>
  );
}

/** What it said: one line, and the figures when it fired. */
function Said({ message: { title, evidence, isEnd } }: { message: SentMessage }) {
  return (
    <blockquote className={cx("tn mt-1 border-l-[3px] pl-3", isEnd ? "border-edge" : "border-danger")}>
      <p className="font-semibold wrap-anywhere">{title}</p>
      <dl className="mt-1 space-y-0.5 text-xs text-ink2">
        {evidence.map(({ label, text }) => (
          <div key={`${label} ${text}`} className="wrap-anywhere">
            <dt className="inline font-medium">{label}</dt> <dd className="inline">{text}</dd>
          </div>
        ))}
      </dl>
    </blockquote>
  );
}
