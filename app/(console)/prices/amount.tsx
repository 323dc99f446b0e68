import { Money } from "#app/_ui/money.tsx";

/** An amount of a `<dl>`, with the requests that have no price and so are not in it. */
export function Amount({ name, nanoUsd, unpriced }: { name: string; nanoUsd: string | null; unpriced: number }) {
  return (
    <div>
      <dt className="text-xs text-ink2">{name}</dt>
      <dd className="text-lg font-semibold">
        <Money nanoUsd={nanoUsd} />
        {unpriced > 0 ? <span className="block text-xs font-normal text-warn">+{unpriced} unpriced</span> : null}
      </dd>
    </div>
  );
}
