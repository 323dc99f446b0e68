"use client";

import { useRouter } from "next/navigation";
import { Button } from "#app/_ui/button.tsx";
import { ConfirmDialog } from "#app/_ui/confirm-dialog.tsx";
import { Page } from "#app/_ui/page.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import type { RuleNames } from "#core/rules/conditions/condition.ts";
import type { ModelChoice } from "../model-choices.ts";
import type { EditorStart, RulesAccess } from "../queries.ts";
import { DraftNote } from "./draft-note.tsx";
import { EditingDialog } from "./editing-dialog.tsx";
import { EditorBanners } from "./editor-banners.tsx";
import { EditorPanel } from "./editor-panel.tsx";
import { TestResults } from "./test-results.tsx";
import { TryOnDraft } from "./try-on-draft.tsx";
import { type Editing, useEditing } from "./use-editing.ts";
import { useLeaveGuard } from "./use-leave-guard.ts";

interface Props {
  start: EditorStart;
  access: RulesAccess;
  models: readonly ModelChoice[];
  names: RuleNames;
  line: number | null;
  nonce: string | null;
}

/** Editor of the rules as text, with its problems, the versions beside it and the way to publish. */
export function EditClient({ start, access, models, names, line, nonce }: Props) {
  const editing = useEditing(start, access);
  const { base, restored, editor, checked, whyNot, newer, rebaseOn } = editing;
  return (
    <Page
      title={whyNot ? "Rules as text" : "Edit rules"}
      actions={<Actions editing={editing} mayPublish={access.publish === null} />}
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 xl:grid-cols-[minmax(0,1fr)_340px] lg:gap-4">
        {/* Banners take their height from the editor: the problems below it never leave the screen. */}
        <div className="flex h-[max(460px,calc(100dvh-10rem))] min-w-0 flex-col gap-3 lg:h-[max(460px,calc(100dvh-7rem))]">
          <EditorBanners
            whyNot={whyNot}
            draft={restored}
            base={base}
            newer={newer}
            onReview={() => newer && void rebaseOn(newer.number)}
          />
          <EditorPanel
            editing={editing}
            names={{ ...names, models: models.map((model) => model.id) }}
            line={line}
            nonce={nonce}
          />
        </div>
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
      <EditingDialog editing={editing} context={start.context} why={access.publish} />
      <LeaveDialog editing={editing} />
    </Page>
  );
}

function Actions({ editing, mayPublish }: { editing: Editing; mayPublish: boolean }) {
  const { whyNot, status, isUnchanged, setOpen, blocked, publish } = editing;
  return (
    <>
      <span className="hidden md:block">{whyNot ? null : <DraftNote status={status} />}</span>
      {isUnchanged || whyNot ? null : (
        <Button look="quiet" onClick={() => setOpen({ kind: "discard" })}>
          Discard
        </Button>
      )}
      {mayPublish ? (
        <Button look="solid" why={blocked} onClick={publish}>
          Publish
        </Button>
      ) : null}
    </>
  );
}

/** Asks before a link leads away from unpublished changes. */
function LeaveDialog({ editing: { whyNot, isUnchanged, status } }: { editing: Editing }) {
  const router = useRouter();
  const isUnsaved = status.kind === "unsaved" || status.kind === "failed";
  const { wanted, stay } = useLeaveGuard(whyNot === null && !isUnchanged, isUnsaved);
  if (wanted === null) return null;
  const leave = () => {
    stay();
    router.push(wanted);
  };
  return (
    <ConfirmDialog title="Leave without publishing?" stay="Stay" go="Leave" autoFocus onStay={stay} onGo={leave}>
      <p className="text-ink2">Your draft is kept. Nothing changes until it is published.</p>
    </ConfirmDialog>
  );
}
