import { Badge } from "#app/_ui/badge.tsx";

const words: Record<string, string> = {
  api: "by the API",
  file: "edited on disk",
  cli: "by command line",
  system: "by CCO",
};

/** Badge for the source of a version and its access token; publishing in the console has none. */
export function SourceBadge({ version }: { version: { source: string; tokenName: string | null } }) {
  const { source, tokenName } = version;
  const text = tokenName === null ? words[source] : `by token “${tokenName}”`;
  if (!text) return null;
  return (
    <Badge>
      <span title={text} className="max-w-[240px] truncate">
        {text}
      </span>
    </Badge>
  );
}
