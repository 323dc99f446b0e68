/**
 * Maximum body size of the console. The proxy in front refuses larger ones, so that the console never receives them.
 */
export const CONSOLE_BODY_BYTES_MAX = 1_048_576;

/** Maximum body size where no sign-in is the condition: sign-in, set-up, invitation, password reset. */
export const PUBLIC_BODY_BYTES_MAX = 16_384;
