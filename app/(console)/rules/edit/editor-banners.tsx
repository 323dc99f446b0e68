import { Button } from "#app/_ui/button.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { Banner } from "../banners.tsx";
import type { BaseVersion, DraftView, VersionView } from "../queries.ts";

interface Props {
  whyNot: string | null;
  draft: DraftView | null;
  base: BaseVersion;
  newer: VersionView | null;
  onReview: () => void;
}

/** Banners above the editor: missing permission, a restored draft, a newer published version. */
export function EditorBanners({ whyNot, draft, base, newer, onReview }: Props) {
  if (whyNot) {
    return (
      <Banner tone="accent" icon="info">
        {whyNot} You can read the rules and try requests on them.
      </Banner>
    );
  }
  return (
    <>
      {newer ? (
        <Banner
          tone="warn"
          icon="warning"
          action={
            <Button onClick={onReview} className="-my-1">
              Review v{newer.number}
            </Button>
          }
        >
          <b className="font-medium">
            {newer.actorName} published v{newer.number}
          </b>{" "}
          while this text is based on v{base.number ?? 0}: {newer.comment}
        </Banner>
      ) : null}
      {draft ? (
        <Banner tone="accent" icon="edit">
          Draft saved <Ago at={draft.updatedAt} suffix=" ago" />
          {draft.basedOn === null ? "" : `, based on v${draft.basedOn}`}.
        </Banner>
      ) : null}
    </>
  );
}
