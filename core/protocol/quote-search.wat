;; Finds where a JSON string ends: the first quote that no backslash escapes, 64 bytes at a time.
;; The escapes are resolved as simdjson does it (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 3.1.1).
(module
  (memory (export "memory") 2)

  ;; $escape is 1 when a backslash before $at escapes the byte at $at. Returns the offset of the closing quote; without
  ;; one before $end -1, or -2 when the byte at $end is escaped.
  (func (export "closing") (param $at i32) (param $end i32) (param $escape i32) (result i32)
    (local $quotes i64) (local $backslashes i64) (local $carry i64) (local $follows i64) (local $starts i64) (local $sums i64)
    (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128) (local $quote v128) (local $backslash v128) (local $byte i32)
    (local.set $carry (i64.extend_i32_u (local.get $escape)))
    (local.set $quote (i8x16.splat (i32.const 0x22)))
    (local.set $backslash (i8x16.splat (i32.const 0x5c)))
    (block $tail
      (loop $blocks
        (br_if $tail (i32.gt_u (i32.add (local.get $at) (i32.const 64)) (local.get $end)))
        (local.set $v0 (v128.load (local.get $at)))
        (local.set $v1 (v128.load offset=16 (local.get $at)))
        (local.set $v2 (v128.load offset=32 (local.get $at)))
        (local.set $v3 (v128.load offset=48 (local.get $at)))
        ;; One bit for each of the 64 bytes.
        (local.set $quotes
          (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v0) (local.get $quote))))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v1) (local.get $quote)))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v2) (local.get $quote)))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v3) (local.get $quote)))) (i64.const 48)))))
        (local.set $backslashes
          (i64.and
            (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v0) (local.get $backslash))))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v1) (local.get $backslash)))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v2) (local.get $backslash)))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v3) (local.get $backslash)))) (i64.const 48))))
            (i64.xor (local.get $carry) (i64.const -1))))
        (local.set $follows (i64.or (i64.shl (local.get $backslashes) (i64.const 1)) (local.get $carry)))
        ;; Runs of backslashes that begin on an odd place; adding them to all runs carries a bit past the end of each.
        (local.set $starts
          (i64.and
            (i64.and (local.get $backslashes) (i64.const 0xaaaaaaaaaaaaaaaa))
            (i64.xor (local.get $follows) (i64.const -1))))
        (local.set $sums (i64.add (local.get $starts) (local.get $backslashes)))
        (local.set $carry (i64.extend_i32_u (i64.lt_u (local.get $sums) (local.get $backslashes))))
        (local.set $quotes
          (i64.and
            (local.get $quotes)
            (i64.xor
              (i64.and
                (i64.xor (i64.const 0x5555555555555555) (i64.shl (local.get $sums) (i64.const 1)))
                (local.get $follows))
              (i64.const -1))))
        (if (i64.ne (local.get $quotes) (i64.const 0))
          (then (return (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $quotes)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $blocks)))
    (local.set $escape (i32.wrap_i64 (local.get $carry)))
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (local.get $escape)
          (then (local.set $escape (i32.const 0)))
          (else
            (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (local.get $at))))
            (local.set $escape (i32.eq (local.get $byte) (i32.const 0x5c)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (i32.sub (i32.const -1) (local.get $escape)))
)
