import type { AlertKind } from "./alert-kind.ts";
import { budget } from "./kinds/budget.ts";
import { certificateExpiry } from "./kinds/certificate-expiry.ts";
import { errorsAfterPublish } from "./kinds/errors-after-publish.ts";
import { hitRate } from "./kinds/hit-rate.ts";
import { instanceSilent } from "./kinds/instance-silent.ts";
import { keyExpiry } from "./kinds/key-expiry.ts";
import { noOverrides } from "./kinds/no-overrides.ts";
import { spendAnomaly } from "./kinds/spend-anomaly.ts";
import { spoolBacklog } from "./kinds/spool-backlog.ts";
import { unpricedModel } from "./kinds/unpriced-model.ts";

/** Every kind of alert, in the order in which they are listed. Their names are stored: a renamed one would be forgotten. */
export const alertKinds = {
  "errors-after-publish": errorsAfterPublish,
  "spend-anomaly": spendAnomaly,
  budget,
  "no-overrides": noOverrides,
  "unpriced-model": unpricedModel,
  "hit-rate": hitRate,
  "spool-backlog": spoolBacklog,
  "instance-silent": instanceSilent,
  "key-expiry": keyExpiry,
  "certificate-expiry": certificateExpiry,
} as const satisfies Record<string, AlertKind>;

export type AlertKindName = keyof typeof alertKinds;
export const alertKindNames = Object.keys(alertKinds) as AlertKindName[];
