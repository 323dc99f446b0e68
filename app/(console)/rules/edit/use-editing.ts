import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { getJson } from "#app/_data/get-json.ts";
import { toast } from "#app/_ui/toaster.tsx";
import { paths } from "#app/paths.ts";
import { pluralize } from "#core/report/plural.ts";
import { type BaseVersion, type EditorStart, type RulesAccess, ruleQueries, type VersionView } from "../queries.ts";
import type { EditorHandle } from "./editor-handle.ts";
import { useChecked } from "./use-checked.ts";
import { useDraft } from "./use-draft.ts";

/** Dialog in front of the editor. */
type OpenDialog = { kind: "publish" } | { kind: "discard" } | { kind: "rebase"; theirs: BaseVersion } | null;

/**
 * State of editing from a base version to a published one, in one hook because the steps share it. Long because its
 * steps share the base version, the text and the open dialog.
 */
export function useEditing(start: EditorStart, access: RulesAccess) {
  const router = useRouter();
  const [base, setBase] = useState(start.base);
  const [text, setText] = useState(start.draft?.toml ?? start.base.toml);
  const [open, setOpen] = useState<OpenDialog>(null);
  const [restored, setRestored] = useState(start.draft);
  const editor = useRef<EditorHandle | null>(null);
  const checked = useChecked(text, base.toml, start.context);
  const live = useQuery(ruleQueries.current()).data?.live ?? null;

  const whyNot = access.draft ?? (start.file.isReadOnly ? `${start.file.name} is read-only here.` : null);
  const isUnchanged = text === base.toml;
  const newer = live && live.number > (base.number ?? 0) ? live : null;
  const blocked = whyNot ?? reasonNotToPublish(isUnchanged, checked.errors, base.number);
  const { status, settle, forget } = useDraft(
    { text, basedOn: base.number, isUnchanged },
    start.draft?.updatedAt ?? null,
    whyNot === null,
  );

  const startFrom = (next: BaseVersion, content: string) => {
    setRestored(null);
    setBase(next);
    editor.current?.replaceAll(content);
    setOpen(null);
  };
  const rebaseOn = async (number: number) => {
    try {
      setOpen({ kind: "rebase", theirs: await versionAt(number) });
    } catch (error) {
      toast.error(error instanceof Error ? error.message : `v${number} could not be read.`);
    }
  };
  const publish = () => {
    if (blocked) toast(blocked);
    else if (newer) void rebaseOn(newer.number);
    else setOpen({ kind: "publish" });
  };
  const published = ({ number, actorName, comment }: VersionView) => {
    // The text is live now and must not be saved as a draft on leaving.
    setBase({ number, toml: text, actorName, comment });
    settle({ text, basedOn: number, isUnchanged: true });
    router.push(paths.rules());
  };
  const discard = async () => {
    const next = newer ? await versionAt(newer.number) : newest(base, start.live);
    await forget({ text: next.toml, basedOn: next.number, isUnchanged: true });
    startFrom(next, next.toml);
  };
  const state = {
    base,
    text,
    setText,
    open,
    setOpen,
    restored,
    editor,
    checked,
    whyNot,
    blocked,
    isUnchanged,
    newer,
    status,
  };
  return { ...state, startFrom, rebaseOn, publish, published, discard };
}

export type Editing = ReturnType<typeof useEditing>;

const versionAt = (number: number) => getJson<BaseVersion>(`/api/rules/versions/${number}`);

function reasonNotToPublish(isUnchanged: boolean, errors: number, base: number | null): string | null {
  if (isUnchanged) return base === null ? "Nothing is written yet." : `Nothing differs from v${base}.`;
  if (errors > 0) return `Fix the ${pluralize(errors, "error", `${errors} errors`)} first.`;
  return null;
}

/** Newer of two base versions: the base may advance after the page was rendered, never go back. */
const newest = (a: BaseVersion, b: BaseVersion): BaseVersion => ((a.number ?? 0) > (b.number ?? 0) ? a : b);
