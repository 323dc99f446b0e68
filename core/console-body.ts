/** The largest body the console takes. The proxy in front refuses larger ones, so that none of them ever reaches it. */
export const CONSOLE_BODY_BYTES_MAX = 1_048_576;
