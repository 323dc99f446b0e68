import { Badge } from "#app/_ui/badge.tsx";

const words: Record<string, string> = { file: "edited on disk", cli: "by command line", system: "by CCO" };

/** By which door a version came in; the usual one needs no badge. */
export const SourceBadge = ({ source }: { source: string }) => (words[source] ? <Badge>{words[source]}</Badge> : null);
