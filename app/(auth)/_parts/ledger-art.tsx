import { Icon } from "#app/_ui/icon.tsx";

const routes = [
  { from: { name: "opus-5-5", tier: "bg-t1" }, to: { name: "sonnet-5-5", tier: "bg-t2" }, paid: "w-[42%]" },
  { from: { name: "sonnet-5-5", tier: "bg-t2" }, to: { name: "haiku-4-5", tier: "bg-t3" }, paid: "w-[28%]" },
  { from: { name: "opus-5-5", tier: "bg-t1" }, to: { name: "opus-5-5", tier: "bg-t1" }, paid: "w-full" },
  { from: { name: "sonnet-5-5", tier: "bg-t2" }, to: { name: "sonnet-5-5", tier: "bg-t2" }, paid: "w-full" },
  { from: { name: "sonnet-5-5", tier: "bg-t2" }, to: { name: "haiku-5-5", tier: "bg-t3" }, paid: "w-[36%]" },
];

/** Illustration for wide screens: requested, served, paid and (hatched) unpaid. */
export function LedgerArt() {
  return (
    <div aria-hidden="true" className="w-full max-w-[460px]">
      <p className="max-w-[24ch] text-[1.375rem] font-semibold leading-8 tracking-[-.02em]">
        Every request, the model that served it, and what it cost.
      </p>
      <div className="mt-8 overflow-hidden rounded-lg border border-line bg-surface">
        <div className="grid grid-cols-[1fr_132px] border-b border-line px-5 py-2 text-xs text-ink3">
          <span>Requested and served</span>
          <span>Paid and saved</span>
        </div>
        <ul className="divide-y divide-line">
          {routes.map((route) => (
            <li
              key={`${route.from.name} ${route.to.name}`}
              className="grid h-11 grid-cols-[1fr_132px] items-center px-5 font-mono text-xs"
            >
              <span className="flex items-center gap-2">
                <span className={`size-2 rounded-[2px] ${route.from.tier}`} />
                {route.from.name}
                {route.from.name === route.to.name ? (
                  <span className="text-ink3">as asked</span>
                ) : (
                  <>
                    <Icon name="arrow" className="size-3.5 text-ink3" />
                    <span className={`size-2 rounded-[2px] ${route.to.tier}`} />
                    {route.to.name}
                  </>
                )}
              </span>
              <span className="flex h-2.5 gap-0.5">
                <span className={`rounded-[2px] bg-bar ${route.paid}`} />
                {route.paid !== "w-full" ? <span className="hatch flex-1 rounded-[2px] border border-saved" /> : null}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
