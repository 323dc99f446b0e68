import { ok } from "#core/result.ts"; console.log(ok(1));
