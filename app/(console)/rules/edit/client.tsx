"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { getJson } from "#app/_data/get-json.ts";
import { Button } from "#app/_ui/button.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { paths } from "#app/paths.ts";
import type { ModelChoice } from "../model-choices.ts";
import { type RulesAccess, ruleQueries, type VersionView } from "../queries.ts";
import type { BaseVersion, EditorStart } from "./base-version.ts";
import type { CodeEditorProps } from "./code-editor.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { DraftNote } from "./draft-note.tsx";
import { EditorBanners } from "./editor-banners.tsx";
import type { EditorHandle } from "./editor-handle.ts";
import { ProblemList } from "./problem-list.tsx";
import { PublishDialog } from "./publish-dialog.tsx";
import { RebaseDialog } from "./rebase-dialog.tsx";
import { TestResults } from "./test-results.tsx";
import { TryOnDraft } from "./try-on-draft.tsx";
import { useChecked } from "./use-checked.ts";
import { useDraft } from "./use-draft.ts";
import { useLeaveGuard } from "./use-leave-guard.ts";

/** The editor is a third of the page's weight and of no use to the server. */
const CodeEditor = dynamic<CodeEditorProps>(() => import("./code-editor.tsx").then((file) => file.CodeEditor), {
  ssr: false,
  loading: () => <div aria-hidden="true" className="skeleton m-3 h-[calc(100%-1.5rem)]" />,
});

interface Props {
  start: EditorStart;
  access: RulesAccess;
  models: readonly ModelChoice[];
  line: number | null;
  nonce: string | null;
}

type Open = { kind: "publish" } | { kind: "discard" } | { kind: "rebase"; theirs: BaseVersion } | null;

export function EditClient({ start, access, models, line, nonce }: Props) {
  const router = useRouter();
  const { context, file } = start;
  const [base, setBase] = useState(start.base);
  const [text, setText] = useState(start.draft?.toml ?? start.base.toml);
  const [open, setOpen] = useState<Open>(null);
  const [restored, setRestored] = useState(start.draft);
  const editor = useRef<EditorHandle | null>(null);
  const checked = useChecked(text, base.toml, context);
  const current = useQuery(ruleQueries.current());

  const whyNot = access.draft ?? (file.isReadOnly ? `${file.name} is read-only here.` : null);
  const isUnchanged = text === base.toml;
  const { status, settle, forget } = useDraft(
    { text, basedOn: base.number, isUnchanged },
    start.draft?.updatedAt ?? null,
    whyNot === null,
  );
  const guard = useLeaveGuard(whyNot === null && !isUnchanged, status.kind === "unsaved" || status.kind === "failed");
  const liveNow = current.data?.live ?? null;
  const newer = liveNow && liveNow.number > (base.number ?? 0) ? liveNow : null;
  const blocked = whyNot ?? reasonNotToPublish(isUnchanged, checked.errors, base.number);

  const openPublish = () => {
    if (blocked) toast(blocked);
    else if (newer) void openRebase(newer.number);
    else setOpen({ kind: "publish" });
  };
  const openRebase = async (number: number) => {
    try {
      const theirs = await getJson<BaseVersion>(`/api/rules/versions/${number}`);
      setOpen({ kind: "rebase", theirs });
    } catch (error) {
      toast.error(error instanceof Error ? error.message : `v${number} could not be read.`);
    }
  };
  const continueOn = (theirs: BaseVersion, merged: string) => {
    setRestored(null);
    setBase(theirs);
    editor.current?.replaceAll(merged);
    setOpen(null);
  };
  const published = ({ number, actorName, comment }: VersionView) => {
    // The text is what is live now: leaving must not keep it as a draft once more.
    setBase({ number, toml: text, actorName, comment });
    settle({ text, basedOn: number, isUnchanged: true });
    router.push(paths.rules());
  };
  const discard = async () => {
    const { live } = start;
    const next = newer ? await getJson<BaseVersion>(`/api/rules/versions/${newer.number}`) : newest(base, live);
    await forget({ text: next.toml, basedOn: next.number, isUnchanged: true });
    setRestored(null);
    setBase(next);
    editor.current?.replaceAll(next.toml);
    setOpen(null);
  };
  const leave = async (address: string) => {
    guard.stay();
    router.push(address);
  };

  const actions = (
    <>
      <span className="hidden md:block">{whyNot ? null : <DraftNote status={status} />}</span>
      {isUnchanged || whyNot ? null : (
        <Button look="quiet" onClick={() => setOpen({ kind: "discard" })}>
          Discard
        </Button>
      )}
      <Button look="solid" why={blocked} onClick={openPublish}>
        Publish
      </Button>
    </>
  );
  return (
    <Page title={whyNot ? "Rules as text" : "Edit rules"} actions={actions}>
      <EditorBanners
        whyNot={whyNot}
        draft={restored}
        base={base}
        newer={newer}
        onReview={() => newer && void openRebase(newer.number)}
      />
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,1fr)_340px] lg:gap-4">
        <section
          aria-label="Editor"
          className="flex min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface lg:h-[max(460px,calc(100dvh-7rem))]"
        >
          <div className="h-[58dvh] min-h-[280px] lg:h-auto lg:flex-1">
            <CodeEditor
              initialText={text}
              line={line}
              isReadOnly={whyNot !== null}
              nonce={nonce}
              models={models.map((model) => model.id)}
              problems={checked.problems}
              onChange={setText}
              onSubmit={openPublish}
              onReady={(handle) => {
                editor.current = handle;
              }}
            />
          </div>
          <div className="border-t border-line">
            <div className="flex items-center px-4 pt-2 md:hidden">{whyNot ? null : <DraftNote status={status} />}</div>
            <ProblemList
              problems={checked.problems}
              isReadOnly={whyNot !== null}
              onGoTo={(problem) => editor.current?.goTo(problem.line, problem.column)}
              onMend={(problem) => editor.current?.mend(problem)}
            />
          </div>
        </section>
        <div className="space-y-3 lg:space-y-4">
          <TryOnDraft
            checked={checked}
            models={models}
            onAddTest={whyNot ? null : (entry) => editor.current?.append(entry)}
          />
          <Panel title="Tests">
            <TestResults tests={checked.tests} isReadable={checked.ruleSet !== null} />
          </Panel>
        </div>
      </div>
      {open?.kind === "publish" ? (
        <PublishDialog
          checked={checked}
          base={base}
          context={context}
          why={access.publish}
          onPublished={published}
          onStale={(theirs) => setOpen({ kind: "rebase", theirs })}
          onClose={() => setOpen(null)}
        />
      ) : null}
      {open?.kind === "rebase" ? (
        <RebaseDialog
          checked={checked}
          base={base}
          theirs={open.theirs}
          context={context}
          onContinue={(merged) => continueOn(open.theirs, merged)}
          onClose={() => setOpen(null)}
        />
      ) : null}
      {open?.kind === "discard" ? (
        <ConfirmDialog
          title="Discard this draft?"
          text="The editor goes back to the live rules. What you typed is not kept."
          stay="Keep the draft"
          go="Discard"
          isDamage
          onStay={() => setOpen(null)}
          onGo={() => void discard()}
        />
      ) : null}
      {guard.wanted ? (
        <ConfirmDialog
          title="Leave without publishing?"
          text="Your draft is kept and waits here for you. Until it is published, nothing changes for anybody."
          stay="Stay"
          go="Leave"
          onStay={guard.stay}
          onGo={() => guard.wanted && void leave(guard.wanted)}
        />
      ) : null}
    </Page>
  );
}

function reasonNotToPublish(isUnchanged: boolean, errors: number, base: number | null): string | null {
  if (isUnchanged) return base === null ? "Nothing is written yet." : `Nothing differs from v${base}.`;
  if (errors > 0) return errors === 1 ? "Mend the error first." : `Mend the ${errors} errors first.`;
  return null;
}

/** The base may have moved on since the page was made, but never back. */
const newest = (a: BaseVersion, b: BaseVersion): BaseVersion => ((a.number ?? 0) > (b.number ?? 0) ? a : b);
