import { Panel } from "#app/_ui/panel.tsx";
import { ThemeSwitch } from "#app/_ui/theme-switch.tsx";

/** Settings kept in this browser. Short because each panel of the page is a file. */
export function DisplayPanel() {
  return (
    <Panel title="Display">
      <div className="flex flex-wrap items-center gap-3">
        <ThemeSwitch />
        <p className="text-xs text-ink3">Kept in this browser.</p>
      </div>
    </Panel>
  );
}
