import { expect, it } from "vitest";
import { toCountedAddress, toSite } from "./counted-address.ts";

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["203.0.113.7:51000", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:cb00:7107", "203.0.113.7"],
  ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0DB8:1:2:ffff:a:b:c", "2001:db8:1:2::/64"],
  ["[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["unknown", "unknown"],
  ["1:2::3::4", "1:2::3::4"],
  ["1:2:3", "1:2:3"],
  ["1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"],
  ["2001:db8::xyz", "2001:db8::xyz"],
  ["", ""],
])("counts %s for %s", (address, place) => {
  expect(toCountedAddress(address)).toBe(place);
});

it("counts the places of one IPv6 site for its network, and any other place for itself", () => {
  const network = (address: string) => toSite(toCountedAddress(address));
  expect(network("2001:db8:1:2::1")).toBe("2001:db8:1::/48");
  expect(network("2001:db8:1:ffff::1")).toBe("2001:db8:1::/48");
  expect(network("2001:db8:2:2::1")).toBe("2001:db8:2::/48");
  expect(["203.0.113.7", "unknown", "1:2:3", "::ffff:203.0.113.7"].map(network)).toEqual([
    "203.0.113.7",
    "unknown",
    "1:2:3",
    "203.0.113.7",
  ]);
});
