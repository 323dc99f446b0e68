import { cx } from "#app/_ui/cx.ts";
import { Link } from "#app/_ui/link.tsx";
import type { Attention } from "#core/costs/overview.ts";
import type { CostView } from "../costs/url.ts";
import { attentionWords } from "./attention-words.ts";

const titles = { danger: "text-danger", warn: "text-warn", plain: "" } as const;

/** List of conditions that need action, each with its next step. */
export function NeedsALook({ items, view }: { items: readonly Attention[]; view: CostView }) {
  return (
    <section aria-labelledby="h-look" className="min-w-0 rounded-lg border border-line bg-surface">
      <h2 id="h-look" className="px-4 pb-1 pt-3.5 font-semibold">
        Needs a look
      </h2>
      {items.length === 0 ? <p className="px-4 pb-4 pt-1 text-ink2">Nothing needs a look now.</p> : null}
      <ul className="divide-y divide-line">
        {items
          .map((item) => attentionWords(item, view))
          .map(({ key, tone, title, text, action }) => (
            <li key={key} className="px-4 py-2.5">
              <div className="flex items-baseline gap-3">
                <span className={cx("min-w-0 font-medium [overflow-wrap:anywhere]", titles[tone])}>{title}</span>
                <Link href={action.href} className="ml-auto shrink-0 text-xs font-medium text-accent">
                  {action.label}
                </Link>
              </div>
              <p className="tn mt-0.5 text-xs text-ink2 [overflow-wrap:anywhere]">{text}</p>
            </li>
          ))}
      </ul>
    </section>
  );
}
