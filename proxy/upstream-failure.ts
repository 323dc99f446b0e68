import { AppError } from "#core/errors.ts";

/** The provider gave no answer. */
export class UpstreamFailure extends AppError {
  /** Nothing was sent: another attempt cannot be billed twice. */
  readonly isUnsent: boolean;
  /** Another attempt would end the same way. */
  readonly isFinal: boolean;

  constructor(
    code: "upstream.unreachable" | "upstream.failed" | "upstream.timeout",
    text: string,
    flags: { isUnsent: boolean; isFinal: boolean },
  ) {
    super(code, { retryAfterSeconds: 2 }, text);
    this.name = "UpstreamFailure";
    this.isUnsent = flags.isUnsent;
    this.isFinal = flags.isFinal;
  }
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "its address refuses connections",
  ERR_CONNECT_TIMEOUT: "connecting took too long",
  ETIMEDOUT: "connecting took too long",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  ENOTFOUND: "its name cannot be resolved",
  EAI_AGAIN: "its name cannot be resolved right now",
};

export function failureOf(problem: Error): UpstreamFailure {
  const code = codeOf(problem);
  const why = UNREACHABLE[code];
  if (why !== undefined) {
    return new UpstreamFailure("upstream.unreachable", `The model provider could not be reached: ${why}.`, {
      isUnsent: true,
      isFinal: code === "ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT",
    });
  }
  if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL)/.test(code)) {
    return new UpstreamFailure("upstream.failed", "The model provider's certificate could not be trusted.", {
      isUnsent: true,
      isFinal: true,
    });
  }
  const flags = { isUnsent: false, isFinal: true };
  if (code === "ERR_FIRST_BYTE_TIMEOUT") {
    return new UpstreamFailure("upstream.timeout", "The model provider did not answer in time.", flags);
  }
  if (code === "ERR_ANSWER_FORMAT") {
    return new UpstreamFailure("upstream.failed", "The model provider's answer cannot be read.", flags);
  }
  return new UpstreamFailure(
    "upstream.failed",
    "The model provider broke off the connection before it answered.",
    flags,
  );
}

function codeOf(problem: Error): string {
  const { code, errors } = problem as NodeJS.ErrnoException & { errors?: Error[] };
  // Several addresses were tried (IPv6, IPv4): the first one's reason stands for all.
  return code ?? (errors?.[0] === undefined ? "" : codeOf(errors[0]));
}
