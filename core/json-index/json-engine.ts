import { scratch } from "#core/memo.ts";
import { JSON_ENGINE_WASM } from "./json-engine-wasm.ts";

/** Exports of `json-engine.wat`, which uses instructions JavaScript lacks. Offsets are those of its memory. */
export interface JsonEngine {
  memory: WebAssembly.Memory;
  closing(at: number, end: number, carried: number): number;
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
  turn(results: number, items: number, end: number): void;
  print(
    results: number,
    items: number,
    end: number,
    seed: number,
    pieces: number,
    tools: number,
    toolsEnd: number,
    system: number,
    systemEnd: number,
  ): void;
  models(from: number, most: number): number;
  lengthBefore(position: number): number;
  form(position: number, seed: number, form: number, pieces: number): void;
}

/** WebAssembly engine; null where the platform has no SIMD: everything is then done in JavaScript, slower. */
export const jsonEngine: JsonEngine | null = startEngine();
export const engineMemory = scratch(jsonEngine === null ? new Uint8Array(0) : new Uint8Array(jsonEngine.memory.buffer));
/**
 * Body whose bytes are in the engine's memory, with all that a walk over it has found. Null when something else is
 * there.
 */
export const engineBody = scratch<{ bytes: Uint8Array | null }>({ bytes: null });

function startEngine(): JsonEngine | null {
  const code = Uint8Array.from(atob(JSON_ENGINE_WASM), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(code)) return null;
  return new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as JsonEngine;
}
