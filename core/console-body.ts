/**
 * Maximum body size of the console. The proxy in front refuses larger ones, so that the console never receives them.
 */
export const CONSOLE_BODY_BYTES_MAX = 1_048_576;
