"use client";

// Long because the field and its list are one control. Keys pressed in the field move through rows of the list.

import { type CSSProperties, type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from "react";
import { cx } from "./cx.ts";

export interface ComboOption {
  value: string;
  label: string;
  /** Another name it is found under. */
  also?: string;
  /** Stands at the right, in grey: why this one is offered. */
  note?: string;
}

/** Maximum number of drawn rows; typing narrows the list. */
const SHOWN_MAX = 60;

/**
 * Text field with a long list of options: typing filters, arrows move, Enter selects, Escape cancels. Long because every
 * key and click changes the same four values.
 */
export function ComboField({
  label,
  name,
  hint,
  error,
  disabled,
  value,
  options,
  onChange,
}: {
  label: string;
  name?: string;
  hint?: string;
  error?: string | null;
  disabled?: boolean;
  value: string;
  options: readonly ComboOption[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const place = usePositionBeside(field, isOpen);
  const chosen = options.find((option) => option.value === value)?.label ?? value;
  const matching = typed ? options.filter((option) => matches(option, typed)) : withChosenInReach(options, value);
  const shown = matching.slice(0, SHOWN_MAX);

  const open = () => {
    if (isOpen) return;
    setOpen(true);
    // Enter without typing must not change what is chosen, also where that is no option.
    setAt(value === "" ? 0 : withChosenInReach(options, value).findIndex((option) => option.value === value));
  };
  const close = () => {
    setOpen(false);
    setTyped(null);
  };
  const take = (option: ComboOption) => {
    onChange(option.value);
    close();
  };
  const leave = () => {
    const meant = typed === null ? null : meantBy(typed, options);
    if (meant !== null) onChange(meant);
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) open();
      else setAt((now) => Math.min(shown.length - 1, Math.max(0, now + (event.key === "ArrowDown" ? 1 : -1))));
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (shown[at]) take(shown[at]);
      else leave();
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      close();
    }
  };

  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <input
        ref={field}
        id={id}
        name={name}
        type="text"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        disabled={disabled}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && shown[at] ? `${id}-${at}` : undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
        value={typed ?? chosen}
        onFocus={(event) => event.target.select()}
        onClick={open}
        onBlur={leave}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setTyped(event.target.value);
          setOpen(true);
          setAt(0);
        }}
        className="h-9 w-full rounded-md border border-field bg-surface px-2.5 text-sm text-ink aria-invalid:border-danger disabled:opacity-60"
      />
      {error || hint ? (
        <p
          id={`${id}-note`}
          role={error ? "alert" : undefined}
          className={cx("mt-1 text-xs", error ? "text-danger" : "text-ink3")}
        >
          {error ?? hint}
        </p>
      ) : null}
      {isOpen ? (
        <ComboList
          id={id}
          label={label}
          value={value}
          shown={shown}
          hidden={matching.length - shown.length}
          at={at}
          place={place}
          onPoint={setAt}
          onTake={take}
        />
      ) : null}
    </div>
  );
}

/**
 * The list below the field, or above it. `id` is that of the field; `at` is the row under the cursor. Long because
 * screen readers, keys and pointers each need their attributes.
 */
function ComboList({
  id,
  label,
  value,
  shown,
  hidden,
  at,
  place,
  onPoint,
  onTake,
}: {
  id: string;
  label: string;
  value: string;
  shown: readonly ComboOption[];
  /** How many options match beside those shown. */
  hidden: number;
  at: number;
  place: CSSProperties;
  onPoint: (index: number) => void;
  onTake: (option: ComboOption) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div style={place} className="fixed z-40 rounded-lg border border-edge bg-surface shadow-pop">
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={label} className="max-h-64 overflow-y-auto p-1">
        {shown.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above holds the focus and takes the keys
          <div
            key={option.value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={option.value === value}
            data-highlighted={index === at ? "" : undefined}
            onMouseDown={(event) => event.preventDefault()}
            onMouseEnter={() => onPoint(index)}
            onClick={() => onTake(option)}
            className={cx(
              "flex min-h-8 cursor-pointer items-center gap-3 rounded-md px-2.5",
              index === at && "bg-sunken",
              option.value === value && "font-medium",
            )}
          >
            {option.label}
            {option.note ? <span className="ml-auto text-xs font-normal text-ink3">{option.note}</span> : null}
          </div>
        ))}
      </div>
      {hidden > 0 || shown.length === 0 ? (
        <p className="border-t border-line px-3.5 py-1.5 text-xs text-ink3">
          {shown.length === 0 ? "Nothing matches." : `${hidden} more: type to find one.`}
        </p>
      ) : null}
    </div>
  );
}

/** Follows the field while the list is open. It is fixed to the window, so that a panel with overflow does not clip it. */
function usePositionBeside(field: RefObject<HTMLInputElement | null>, isOpen: boolean): CSSProperties {
  const [place, setPlace] = useState<CSSProperties>({});
  useEffect(() => {
    if (!isOpen) return;
    const follow = () => field.current && setPlace(placeBeside(field.current.getBoundingClientRect()));
    follow();
    window.addEventListener("scroll", follow, true);
    window.addEventListener("resize", follow);
    return () => {
      window.removeEventListener("scroll", follow, true);
      window.removeEventListener("resize", follow);
    };
  }, [field, isOpen]);
  return place;
}

const LIST_HEIGHT_PX = 300;

/** Position of the list: below the field, or above it where there is more room. */
function placeBeside({ left, top, bottom, width }: DOMRect): CSSProperties {
  const isAbove = window.innerHeight - bottom < LIST_HEIGHT_PX && top > window.innerHeight - bottom;
  return isAbove ? { left, width, bottom: window.innerHeight - top + 4 } : { left, width, top: bottom + 4 };
}

/**
 * Finds the value meant by a text that was typed and left without a choice. It is the option of that name, or the only
 * one that matches. Otherwise it is the text, which the check of the form refuses beside the field. Null for an empty
 * text.
 */
export function meantBy(typed: string, options: readonly ComboOption[]): string | null {
  const text = typed.trim();
  if (text === "") return null;
  const plain = (name: string | undefined) => name?.toLowerCase().replaceAll("_", " ");
  const named = options.find(({ value, label, also }) => [value, label, also].map(plain).includes(plain(text)));
  const matching = options.filter((option) => matches(option, text));
  return (named ?? (matching.length === 1 ? matching[0] : undefined))?.value ?? text;
}

/** The options with the chosen one first where it would be beyond the drawn rows. */
export function withChosenInReach(options: readonly ComboOption[], value: string): readonly ComboOption[] {
  const place = options.findIndex((option) => option.value === value);
  const chosen = options[place];
  return chosen === undefined || place < SHOWN_MAX ? options : [chosen, ...options.filter((one) => one !== chosen)];
}

/** Every typed word occurs, in any case; blanks stand for the underscores of names. */
export function matches({ value, label, also = "" }: ComboOption, typed: string): boolean {
  const text = `${value} ${label} ${also}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/[\s_]+/)
    .every((word) => text.includes(word));
}
