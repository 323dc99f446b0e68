import { scratch } from "#core/memo.ts";
import { JSON_ENGINE_WASM } from "./json-engine-wasm.ts";

/** Exports of `json-engine.wat`, which uses instructions JavaScript lacks. Offsets are those of its memory. */
export interface JsonEngine {
  memory: WebAssembly.Memory;
  closing(at: number, end: number, carried: number): number;
  hash(at: number, end: number, seed: number): number;
  deltas(at: number, end: number, colon: number, sum: number): number;
  outline(
    at: number,
    end: number,
    levels: number,
    depth: number,
    fields: number,
    most: number,
    items: number,
    itemsMost: number,
  ): number;
}

/** WebAssembly engine; null where the platform has no SIMD: everything is then done in JavaScript, slower. */
export const jsonEngine: JsonEngine | null = startEngine();
export const engineMemory = scratch(jsonEngine === null ? new Uint8Array(0) : new Uint8Array(jsonEngine.memory.buffer));

function startEngine(): JsonEngine | null {
  const code = Uint8Array.from(atob(JSON_ENGINE_WASM), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(code)) return null;
  return new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as JsonEngine;
}
