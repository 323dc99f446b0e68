import type { S3Settings } from "#config/read-s3.ts";

/** Why storage did not do what it was asked, in words for the operator. No secret, and nothing else that the storage said. */
interface S3Problem {
  /** Code of the storage or of the system. */
  reason: string;
  /** For example "is full": follows the address of the place. */
  because: string;
  /** For example "Make room in it". */
  fix: string;
}

interface Explained {
  codes: readonly string[];
  because: string;
  fix: string;
}

const CREDENTIALS = "CCO_S3_ACCESS_KEY_ID and CCO_S3_SECRET_ACCESS_KEY (or …_FILE)";

const ANSWERS: readonly Explained[] = [
  {
    codes: [
      "InvalidAccessKeyId",
      "SignatureDoesNotMatch",
      "InvalidToken",
      "ExpiredToken",
      "InvalidSecurity",
      "Unauthorized",
      "401",
    ],
    because: "refuses the credentials",
    fix: `Set ${CREDENTIALS} right`,
  },
  {
    codes: ["CredentialsProviderError"],
    because: "needs credentials, and this machine has no role",
    fix: `Set ${CREDENTIALS}`,
  },
  { codes: ["NoSuchBucket"], because: "is in a bucket that does not exist", fix: "Make the bucket, or fix its name" },
  {
    codes: ["AccessDenied", "AllAccessDisabled", "AccountProblem", "MethodNotAllowed", "Forbidden", "403"],
    because: "does not allow it",
    fix: "Allow the key of CCO_S3_ACCESS_KEY_ID to list the bucket, and to read, write and delete below the prefix",
  },
  {
    codes: [
      "QuotaExceeded",
      "XMinioStorageFull",
      "XMinioAdminBucketQuotaExceeded",
      "InsufficientCapacity",
      "InsufficientStorage",
      "StorageFull",
      "EntityTooLarge",
      "507",
    ],
    because: "is full",
    fix: "Make room in it",
  },
  {
    codes: [
      "PermanentRedirect",
      "TemporaryRedirect",
      "AuthorizationHeaderMalformed",
      "IllegalLocationConstraintException",
      "301",
      "307",
    ],
    because: "is in another region or at another address",
    fix: "Set CCO_S3_REGION or CCO_S3_ENDPOINT right",
  },
  { codes: ["RequestTimeTooSkewed"], because: "does not accept the clock of this machine", fix: "Set the clock right" },
  {
    codes: ["PreconditionFailed", "ConditionalRequestConflict", "412", "409"],
    because: "got another backup of the same name meanwhile",
    fix: "Try again",
  },
];

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;
const NO_TLS = /^(EPROTO|ERR_SSL_)/;

/** Explains an error of the client of S3-compatible storage. */
export function s3Problem(error: unknown, { endpoint }: S3Settings): S3Problem {
  const {
    name = "",
    code,
    $metadata,
    $response,
  } = Object(error) as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const known =
    ANSWERS.find(({ codes }) => codes.includes(name)) ?? ANSWERS.find(({ codes }) => codes.includes(String(status)));
  if (known !== undefined) return { reason: name, because: known.because, fix: known.fix };
  const at = endpoint === null ? "" : ` at ${endpoint.origin}`;
  const reason = code ?? name;
  if (status === undefined && CERTIFICATE.test(reason))
    return {
      reason,
      because: `has a certificate${at} that is not trusted (${reason})`,
      fix: "Name its authority in NODE_EXTRA_CA_CERTS",
    };
  if (status === undefined && NO_TLS.test(reason))
    return { reason, because: `does not speak TLS${at} (${reason})`, fix: "Set CCO_S3_ENDPOINT right" };
  if (status === undefined)
    return {
      reason,
      because: `cannot be reached${at} (${reason})`,
      fix: "Set CCO_S3_ENDPOINT right, and look at the network and the storage",
    };
  if (status >= 500 || name === "SlowDown" || name === "RequestTimeout")
    return { reason: name, because: `fails${at} (${status}, ${name})`, fix: "Look at the storage, then try again" };
  return {
    reason: name,
    because: `gives an answer${at} that is not one of S3 (${status}, ${name})`,
    fix: "Set CCO_S3_ENDPOINT right",
  };
}
