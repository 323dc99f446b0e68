import { expect, it } from "vitest";
import { connectionFault } from "./connection-fault.ts";

const withCode = (code: string | undefined, message = "") => Object.assign(new Error(message), { code });

it.each([
  ["a system's code", withCode("ECONNREFUSED"), "refuses the connection"],
  ["a library's code over it", withCode("ESOCKET", "connect ECONNREFUSED 127.0.0.1:1"), "refuses the connection"],
  ["TLS on a plain port", withCode("ESOCKET", "C0:error:0A00010B:SSL routines::wrong version number"), "speaks no TLS"],
  ["TLS on a plain port, by Node", withCode("EPROTO"), "speaks no TLS"],
  ["a certificate", withCode("DEPTH_ZERO_SELF_SIGNED_CERT"), "not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)"],
  ["a certificate, in words", withCode("ESOCKET", "self-signed certificate"), "not trusted here"],
  ["a name", withCode("EDNS", "getaddrinfo ENOTFOUND mail.example"), "is not known"],
])("an error of a connection is explained by %s", (_name, error, what) => {
  expect(connectionFault(error)?.what).toContain(what);
  expect(connectionFault(error)?.fix).toBeTruthy();
});

it("other errors are not explained", () => {
  expect(connectionFault(withCode("EENVELOPE", "no"))).toBeNull();
  expect(connectionFault(withCode("constructor"))).toBeNull();
  expect(connectionFault("ECONNREFUSED")).toBeNull();
});
