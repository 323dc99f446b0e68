;; Walks JSON with SIMD instructions. Memory: 64 kB for a window of a body (quote-search.ts), 64 kB for what `outline` finds,
;; then a megabyte for a whole body, 64 kB of which some may be read behind it, a megabyte for what lies inside its fields, and
;; 128 kB for a message without its cache marks (prompt-marks.ts).
(module
  (memory (export "memory") 37)

  ;; Finds where a JSON string ends: the first quote that no backslash escapes, 64 bytes at a time.
  ;; The escapes are resolved as simdjson does it (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 3.1.1).

  ;; $escape is 1 when a backslash before $at escapes the byte at $at. Returns the offset of the closing quote; without
  ;; one before $end -1, or -2 when the byte at $end is escaped.
  (func $closing (export "closing") (param $at i32) (param $end i32) (param $escape i32) (result i32)
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
  ;; Where the white space at $at ends.
  (func $skip (param $at i32) (param $end i32) (result i32)
    (local $byte i32)
    (loop $more
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (local.get $at))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.gt_u (local.get $byte) (i32.const 0x20)) (then (return (local.get $at))))
      (if (i32.and
            (i32.and (i32.ne (local.get $byte) (i32.const 0x20)) (i32.ne (local.get $byte) (i32.const 0x0a)))
            (i32.and (i32.ne (local.get $byte) (i32.const 0x0d)) (i32.ne (local.get $byte) (i32.const 0x09))))
        (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $more))
    (unreachable))

  ;; Just past the string that opens at $open; 0 when it has no end, or a control character among its first 24 bytes.
  (func $string (param $open i32) (param $end i32) (result i32)
    (local $at i32) (local $close i32) (local $first v128) (local $quotes i32) (local $others i32)
    (local.set $at (i32.add (local.get $open) (i32.const 1)))
    ;; Most strings are keys and names that end within 16 bytes and hold nothing special.
    (local.set $first (v128.load (local.get $at)))
    (local.set $quotes (i8x16.bitmask (i8x16.eq (local.get $first) (i8x16.splat (i32.const 0x22)))))
    (local.set $others
      (i8x16.bitmask
        (v128.or
          (i8x16.eq (local.get $first) (i8x16.splat (i32.const 0x5c)))
          (i8x16.lt_u (local.get $first) (i8x16.splat (i32.const 0x20))))))
    (if (i32.and (i32.ne (local.get $quotes) (i32.const 0)) (i32.lt_u (i32.ctz (local.get $quotes)) (i32.ctz (local.get $others))))
      (then
        (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $quotes))))
        (return (select (i32.add (local.get $at) (i32.const 1)) (i32.const 0) (i32.lt_u (local.get $at) (local.get $end))))))
    (local.set $others
      (i32.or
        (i8x16.bitmask (i8x16.lt_u (local.get $first) (i8x16.splat (i32.const 0x20))))
        (i32.shl
          (i8x16.bitmask (i8x16.lt_u (v128.load offset=8 (local.get $at)) (i8x16.splat (i32.const 0x20))))
          (i32.const 8))))
    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
    (local.set $close (call $closing (local.get $at) (local.get $end) (i32.const 0)))
    (if (i32.lt_s (local.get $close) (i32.const 0)) (then (return (i32.const 0))))
    (if (i32.and
          (i32.ne (local.get $others) (i32.const 0))
          (i32.lt_u (i32.add (local.get $at) (i32.ctz (local.get $others))) (local.get $close)))
      (then (return (i32.const 0))))
    (i32.add (local.get $close) (i32.const 1)))

  ;; Where the digits at $at end.
  (func $digits (param $at i32) (param $end i32) (result i32)
    (loop $more
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (local.get $at))))
      (if (i32.ge_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)) (i32.const 10)) (then (return (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $more))
    (unreachable))

  ;; Just past the number or literal at $at; 0 for what is neither, and for numbers with an exponent.
  (func $scalar (param $at i32) (param $end i32) (result i32)
    (local $byte i32) (local $whole i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 0x66))
      (then
        (if (i32.ne (i32.load (i32.add (local.get $at) (i32.const 1))) (i32.const 0x65736c61)) (then (return (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 5)))
        (return (select (local.get $at) (i32.const 0) (i32.le_u (local.get $at) (local.get $end))))))
    (if (i32.or
          (i32.eq (i32.load (local.get $at)) (i32.const 0x65757274))
          (i32.eq (i32.load (local.get $at)) (i32.const 0x6c6c756e)))
      (then
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (return (select (local.get $at) (i32.const 0) (i32.le_u (local.get $at) (local.get $end))))))
    (if (i32.eq (local.get $byte) (i32.const 0x2d)) (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (local.set $whole (local.get $at))
    (local.set $at (call $digits (local.get $at) (local.get $end)))
    (if (i32.eq (local.get $at) (local.get $whole)) (then (return (i32.const 0))))
    (if (i32.and
          (i32.eq (i32.load8_u (local.get $whole)) (i32.const 0x30))
          (i32.gt_u (local.get $at) (i32.add (local.get $whole) (i32.const 1))))
      (then (return (i32.const 0))))
    (if (i32.and (i32.lt_u (local.get $at) (local.get $end)) (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2e)))
      (then
        (local.set $whole (i32.add (local.get $at) (i32.const 1)))
        (local.set $at (call $digits (local.get $whole) (local.get $end)))
        (if (i32.eq (local.get $at) (local.get $whole)) (then (return (i32.const 0))))))
    (if (i32.and
          (i32.lt_u (local.get $at) (local.get $end))
          (i32.eq (i32.or (i32.load8_u (local.get $at)) (i32.const 0x20)) (i32.const 0x65)))
      (then (return (i32.const 0))))
    (local.get $at))

  ;; Looks at the string $start..$end that is the value of the key at $key, and counts at $counts what is no text: images,
  ;; documents, tool references, bytes of pictures. $picture says that a media type of a picture was just passed; returns it.
  (func $look (param $counts i32) (param $key i32) (param $start i32) (param $end i32) (param $picture i32) (result i32)
    (local $name i64) (local $value i64) (local $place i32)
    (local.set $name (i64.load (local.get $key)))
    (local.set $value (i64.load (local.get $start)))
    ;; "type"
    (if (i64.eq (i64.and (local.get $name) (i64.const 0xffffffffffff)) (i64.const 0x226570797422))
      (then
        (local.set $place (i32.const -1))
        ;; "image"
        (if (i64.eq (i64.and (local.get $value) (i64.const 0xffffffffffffff)) (i64.const 0x226567616d6922))
          (then (local.set $place (i32.const 0))))
        ;; "document"
        (if (i32.and
              (i64.eq (local.get $value) (i64.const 0x6e656d75636f6422))
              (i32.eq (i32.load16_u offset=8 (local.get $start)) (i32.const 0x2274)))
          (then (local.set $place (i32.const 4))))
        ;; "tool_reference"
        (if (i8x16.all_true
              (i8x16.eq
                (v128.load (local.get $start))
                (v128.const i8x16 0x22 0x74 0x6f 0x6f 0x6c 0x5f 0x72 0x65 0x66 0x65 0x72 0x65 0x6e 0x63 0x65 0x22)))
          (then (local.set $place (i32.const 8))))
        (if (i32.eq (local.get $place) (i32.const -1)) (then (return (local.get $picture))))
        (local.set $place (i32.add (local.get $counts) (local.get $place)))
        (i32.store (local.get $place) (i32.add (i32.load (local.get $place)) (i32.const 1)))
        (return (local.get $picture))))
    ;; "media_type", and "image/ before anything.
    (if (i32.and
          (i64.eq (local.get $name) (i64.const 0x745f616964656d22))
          (i32.eq (i32.load offset=8 (local.get $key)) (i32.const 0x22657079)))
      (then (return (i64.eq (i64.and (local.get $value) (i64.const 0xffffffffffffff)) (i64.const 0x2f6567616d6922)))))
    ;; "data"
    (if (i32.and
          (local.get $picture)
          (i64.eq (i64.and (local.get $name) (i64.const 0xffffffffffff)) (i64.const 0x226174616422)))
      (then
        (i32.store offset=12
          (local.get $counts)
          (i32.add (i32.load offset=12 (local.get $counts)) (i32.sub (local.get $end) (local.get $start))))
        (return (i32.const 0))))
    (local.get $picture))

  ;; Walks the document in $at..$end and writes down the fields of its outermost object at $fields: where the key starts and
  ;; ends, where the value starts and ends, 16 bytes each. $levels holds a byte for each open level, $most is the greatest
  ;; number of fields, $depth of levels. Returns the number of fields, or -1 for whatever is no such object, or is unusual:
  ;; then somebody slower finds out what it is.
  ;;
  ;; What lies one and two levels inside the fields is written down at $items in the same way and in the order of the document;
  ;; what has no key, because it is in a list, has 0 for it. 2048 bytes behind $levels stand their number (-1: there are more than
  ;; $itemsMost) and what $look has counted in the field "messages"; behind that, the blocks of messages that are results of
  ;; tools, those of them that are errors, the blocks' cache marks, and where the keys of the first eight of these start;
  ;; then where the first text of a block starts that begins like a summary.
  (func (export "outline")
    (param $at i32) (param $end i32) (param $levels i32) (param $depth i32) (param $fields i32) (param $most i32)
    (param $items i32) (param $itemsMost i32) (result i32)
    (local $level i32) (local $count i32) (local $field i32) (local $byte i32) (local $kind i32) (local $inside i32)
    (local $number i32) (local $key i32) (local $start i32) (local $counted i32) (local $picture i32) (local $results i32)
    (local $item i32) (local $item2 i32) (local $item3 i32) (local $first v128) (local $quotes i32) (local $name i32)
    (local $result i32)
    (local.set $field (i32.sub (local.get $fields) (i32.const 16)))
    (local.set $results (i32.add (local.get $levels) (i32.const 2048)))
    (v128.store offset=4 (local.get $results) (v128.const i32x4 0 0 0 0))
    (v128.store offset=20 (local.get $results) (v128.const i32x4 0 0 0 0))
    (i32.store offset=64 (local.get $results) (i32.const 0))
    ;; How many levels inside the fields are written down; the open item of the first and of the second is $item2 and $item3.
    (local.set $inside (select (i32.const 2) (i32.const 0) (local.get $itemsMost)))
    (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
      (then (local.set $at (call $skip (local.get $at) (local.get $end)))))
    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const -1))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (i32.const -1))))
    (block $wrong
      (loop $value
        (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
          (then (local.set $at (call $skip (local.get $at) (local.get $end)))))
        (br_if $wrong (i32.ge_u (local.get $at) (local.get $end)))
        (if (i32.eq (local.get $level) (i32.const 1)) (then (i32.store offset=8 (local.get $field) (local.get $at))))
        (if (i32.lt_u (i32.sub (local.get $level) (i32.const 2)) (local.get $inside))
          (then
            (if (i32.eq (i32.load8_u (i32.add (local.get $levels) (local.get $level))) (i32.const 0x5b))
              (then
                (if (i32.lt_u (local.get $number) (local.get $itemsMost))
                  (then
                    (local.set $item (i32.add (local.get $items) (i32.shl (local.get $number) (i32.const 4))))
                    (i32.store (local.get $item) (i32.const 0))
                    (i32.store offset=4 (local.get $item) (i32.const 0))
                    (if (i32.eq (local.get $level) (i32.const 2))
                      (then (local.set $item2 (local.get $item)))
                      (else (local.set $item3 (local.get $item))))
                    (local.set $number (i32.add (local.get $number) (i32.const 1))))
                  (else
                    (local.set $inside (i32.const 0))
                    (local.set $number (i32.const -1))))))
            (i32.store offset=8 (select (local.get $item2) (local.get $item3) (i32.eq (local.get $level) (i32.const 2))) (local.get $at))))
        (local.set $byte (i32.load8_u (local.get $at)))
        (block $ended
          (if (i32.eq (local.get $byte) (i32.const 0x22))
            (then
              (local.set $start (local.get $at))
              (local.set $at (call $string (local.get $at) (local.get $end)))
              (br_if $wrong (i32.eqz (local.get $at)))
              ;; The members of a message itself are level 3.
              (if (select (local.get $key) (i32.const 0) (i32.and (local.get $counted) (i32.gt_u (local.get $level) (i32.const 3))))
                (then
                  ;; "type, "medi, "data: $look does nothing for any other key.
                  (local.set $name (i32.load offset=1 (local.get $key)))
                  ;; The members of a block are level 5. "text", and "This se before anything.
                  (if (i32.eq (local.get $name) (i32.const 0x74786574))
                    (then
                      (if (i32.and
                            (i32.and
                              (i32.eq (local.get $level) (i32.const 5))
                              (i64.eq (i64.load (local.get $start)) (i64.const 0x6573207369685422)))
                            (i32.eqz (i32.load offset=64 (local.get $results))))
                        (then (i32.store offset=64 (local.get $results) (local.get $start))))
                      (br $ended)))
                  ;; "tool_result"
                  (if (i32.and
                        (i32.and
                          (i32.eq (local.get $level) (i32.const 5))
                          (i64.eq (i64.load (local.get $start)) (i64.const 0x65725f6c6f6f7422)))
                        (i32.and
                          (i64.eq (i64.load offset=5 (local.get $start)) (i64.const 0x22746c757365725f))
                          (i64.eq (i64.and (i64.load (local.get $key)) (i64.const 0xffffffffffff)) (i64.const 0x226570797422))))
                    (then (local.set $result (i32.or (local.get $result) (i32.const 1)))))
                  (br_if $ended
                    (i32.and
                      (i32.and
                        (i32.ne (local.get $name) (i32.const 0x65707974))
                        (i32.ne (local.get $name) (i32.const 0x6964656d)))
                      (i32.ne (local.get $name) (i32.const 0x61746164))))
                  (local.set $picture
                    (call $look
                      (i32.add (local.get $results) (i32.const 4))
                      (local.get $key)
                      (local.get $start)
                      (local.get $at)
                      (local.get $picture)))))
              (br $ended)))
          ;; { and [ differ from other bytes, and from each other, in one bit.
          (if (i32.ne (i32.and (local.get $byte) (i32.const 0xdf)) (i32.const 0x5b))
            (then
              (local.set $at (call $scalar (local.get $at) (local.get $end)))
              (br_if $wrong (i32.eqz (local.get $at)))
              ;; "is_error": true
              (if (i32.and
                    (i32.and (local.get $counted) (i32.eq (local.get $level) (i32.const 5)))
                    (i32.and (i32.ne (local.get $key) (i32.const 0)) (i32.eq (local.get $byte) (i32.const 0x74))))
                (then
                  (if (i32.and
                        (i64.eq (i64.load (local.get $key)) (i64.const 0x6f7272655f736922))
                        (i32.eq (i32.load16_u offset=8 (local.get $key)) (i32.const 0x2272)))
                    (then (local.set $result (i32.or (local.get $result) (i32.const 2)))))))
              (br $ended)))
          (local.set $key (i32.const 0))
          (br_if $wrong (i32.ge_u (local.get $level) (local.get $depth)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
            (then (local.set $at (call $skip (local.get $at) (local.get $end)))))
          (br_if $wrong (i32.ge_u (local.get $at) (local.get $end)))
          ;; What closes a container stands two behind what opens it.
          (if (i32.eq (i32.load8_u (local.get $at)) (i32.add (local.get $byte) (i32.const 2)))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $ended)))
          (local.set $level (i32.add (local.get $level) (i32.const 1)))
          (i32.store8 (i32.add (local.get $levels) (local.get $level)) (local.get $byte))
          (br_if $value (i32.eq (local.get $byte) (i32.const 0x5b)))
          (local.set $kind (i32.const 1)))
        ;; $kind 1: a key comes next; else a value has just ended.
        (loop $after
          (if (i32.eqz (local.get $kind))
            (then
              (local.set $key (i32.const 0))
              (if (local.get $result)
                (then
                  (if (i32.le_u (local.get $level) (i32.const 4))
                    (then
                      (i32.store offset=20
                        (local.get $results)
                        (i32.add (i32.load offset=20 (local.get $results)) (i32.and (local.get $result) (i32.const 1))))
                      (i32.store offset=24
                        (local.get $results)
                        (i32.add (i32.load offset=24 (local.get $results)) (i32.eq (local.get $result) (i32.const 3))))
                      (local.set $result (i32.const 0))))))
              ;; A media type belongs to the data in the same member of a message.
              (if (i32.le_u (local.get $level) (i32.const 3)) (then (local.set $picture (i32.const 0))))
              (if (i32.eq (local.get $level) (i32.const 1)) (then (i32.store offset=12 (local.get $field) (local.get $at))))
              (if (i32.lt_u (i32.sub (local.get $level) (i32.const 2)) (local.get $inside))
                (then (i32.store offset=12 (select (local.get $item2) (local.get $item3) (i32.eq (local.get $level) (i32.const 2))) (local.get $at))))
              (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
                (then (local.set $at (call $skip (local.get $at) (local.get $end)))))
              (if (i32.eqz (local.get $level))
                (then
                  (br_if $wrong (i32.lt_u (local.get $at) (local.get $end)))
                  (i32.store (local.get $results) (local.get $number))
                  (return (local.get $count))))
              (br_if $wrong (i32.ge_u (local.get $at) (local.get $end)))
              (local.set $byte (i32.load8_u (i32.add (local.get $levels) (local.get $level))))
              (if (i32.eq (i32.load8_u (local.get $at)) (i32.add (local.get $byte) (i32.const 2)))
                (then
                  (local.set $level (i32.sub (local.get $level) (i32.const 1)))
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (br $after)))
              (br_if $wrong (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x2c)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $value (i32.eq (local.get $byte) (i32.const 0x5b)))
              (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
                (then (local.set $at (call $skip (local.get $at) (local.get $end)))))))
          (local.set $kind (i32.const 0))
          (br_if $wrong (i32.ge_u (local.get $at) (local.get $end)))
          (br_if $wrong (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)))
          (if (i32.eq (local.get $level) (i32.const 1))
            (then
              (br_if $wrong (i32.ge_u (local.get $count) (local.get $most)))
              (local.set $count (i32.add (local.get $count) (i32.const 1)))
              (local.set $field (i32.add (local.get $field) (i32.const 16)))
              (i32.store (local.get $field) (local.get $at))
              ;; "messages"
              (local.set $counted
                (i32.and
                  (i64.eq (i64.load (local.get $at)) (i64.const 0x6567617373656d22))
                  (i32.eq (i32.load16_u offset=8 (local.get $at)) (i32.const 0x2273))))))
          (if (i32.lt_u (i32.sub (local.get $level) (i32.const 2)) (local.get $inside))
            (then
              (if (i32.lt_u (local.get $number) (local.get $itemsMost))
                (then
                  (local.set $item (i32.add (local.get $items) (i32.shl (local.get $number) (i32.const 4))))
                  (i32.store (local.get $item) (local.get $at))
                  (i32.store offset=4 (local.get $item) (local.get $at))
                  (if (i32.eq (local.get $level) (i32.const 2))
                    (then (local.set $item2 (local.get $item)))
                    (else (local.set $item3 (local.get $item))))
                  (local.set $number (i32.add (local.get $number) (i32.const 1))))
                (else
                  (local.set $inside (i32.const 0))
                  (local.set $number (i32.const -1))))))
          (local.set $key (local.get $at))
          ;; "cache_c, as cache_control begins, of a block.
          (if (i32.and (local.get $counted) (i32.eq (local.get $level) (i32.const 5)))
            (then
              (if (i64.eq (i64.load (local.get $at)) (i64.const 0x635f656863616322))
                (then
                  (i32.store offset=32
                    (i32.add (local.get $results) (i32.shl (i32.and (i32.load offset=28 (local.get $results)) (i32.const 7)) (i32.const 2)))
                    (local.get $at))
                  (i32.store offset=28 (local.get $results) (i32.add (i32.load offset=28 (local.get $results)) (i32.const 1)))))))
          ;; As $string begins: a key of up to 15 letters with nothing special among them.
          (local.set $first (v128.load offset=1 (local.get $at)))
          (local.set $quotes (i8x16.bitmask (i8x16.eq (local.get $first) (i8x16.splat (i32.const 0x22)))))
          (if (i32.and
                (i32.ne (local.get $quotes) (i32.const 0))
                (i32.lt_u
                  (i32.ctz (local.get $quotes))
                  (i32.ctz
                    (i8x16.bitmask
                      (v128.or
                        (i8x16.eq (local.get $first) (i8x16.splat (i32.const 0x5c)))
                        (i8x16.lt_u (local.get $first) (i8x16.splat (i32.const 0x20))))))))
            (then
              (local.set $at (i32.add (i32.add (local.get $at) (i32.const 2)) (i32.ctz (local.get $quotes))))
              (br_if $wrong (i32.gt_u (local.get $at) (local.get $end))))
            (else
              (local.set $at (call $string (local.get $at) (local.get $end)))
              (br_if $wrong (i32.eqz (local.get $at)))))
          (if (i32.eq (local.get $level) (i32.const 1)) (then (i32.store offset=4 (local.get $field) (local.get $at))))
          (if (i32.lt_u (i32.sub (local.get $level) (i32.const 2)) (local.get $inside))
            (then (i32.store offset=4 (select (local.get $item2) (local.get $item3) (i32.eq (local.get $level) (i32.const 2))) (local.get $at))))
          (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
            (then (local.set $at (call $skip (local.get $at) (local.get $end)))))
          (br_if $wrong (i32.ge_u (local.get $at) (local.get $end)))
          (br_if $wrong (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3a)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $value))))
    (i32.const -1))

  ;; Passes over the deltas of a stream that begin at $at and lie whole before $end, as nearly all are written: "event:
  ;; content_block_delta", one line of data, a blank line, the colon before the text $colon bytes into the data. Writes to
  ;; $sum how many bytes of text they carry. Returns where the first thing begins that is anything else.
  (func (export "deltas") (param $at i32) (param $end i32) (param $colon i32) (param $sum i32) (result i32)
    (local $lf i32) (local $text i32) (local $close i32) (local $found i32) (local $bytes i32) (local $key i32)
    (block $other
      (loop $next
        (br_if $other (i32.gt_u (i32.add (local.get $at) (i32.const 40)) (local.get $end)))
        ;; "event: content_b" "lock_delta\ndata:" " "
        (br_if $other
          (i32.eqz
            (i8x16.all_true
              (i8x16.eq
                (v128.load (local.get $at))
                (v128.const i8x16 0x65 0x76 0x65 0x6e 0x74 0x3a 0x20 0x63 0x6f 0x6e 0x74 0x65 0x6e 0x74 0x5f 0x62)))))
        (br_if $other
          (i32.eqz
            (i8x16.all_true
              (i8x16.eq
                (v128.load offset=16 (local.get $at))
                (v128.const i8x16 0x6c 0x6f 0x63 0x6b 0x5f 0x64 0x65 0x6c 0x74 0x61 0x0a 0x64 0x61 0x74 0x61 0x3a)))))
        (br_if $other (i32.ne (i32.load8_u offset=32 (local.get $at)) (i32.const 0x20)))
        ;; The end of the line.
        (local.set $lf (i32.add (local.get $at) (i32.const 33)))
        (block $line
          (loop $more
            (br_if $other (i32.ge_u (local.get $lf) (local.get $end)))
            (local.set $found (i8x16.bitmask (i8x16.eq (v128.load (local.get $lf)) (i8x16.splat (i32.const 0x0a)))))
            (br_if $line (i32.ne (local.get $found) (i32.const 0)))
            (local.set $lf (i32.add (local.get $lf) (i32.const 16)))
            (br $more)))
        (local.set $lf (i32.add (local.get $lf) (i32.ctz (local.get $found))))
        (br_if $other (i32.ge_u (i32.add (local.get $lf) (i32.const 1)) (local.get $end)))
        (br_if $other (i32.ne (i32.load8_u offset=1 (local.get $lf)) (i32.const 0x0a)))
        (br_if $other (i32.eq (i32.load8_u (i32.sub (local.get $lf) (i32.const 1))) (i32.const 0x0d)))
        ;; The colon: a quote before it and behind it, and a key that a delta's text has.
        (local.set $text (i32.add (i32.add (local.get $at) (i32.const 33)) (local.get $colon)))
        (br_if $other (i32.ge_u (i32.add (local.get $text) (i32.const 2)) (local.get $lf)))
        (br_if $other (i32.ne (i32.load8_u (i32.sub (local.get $text) (i32.const 1))) (i32.const 0x22)))
        (br_if $other (i32.ne (i32.load16_u (local.get $text)) (i32.const 0x223a)))
        ;; text, thin-king, partial_-json
        (local.set $key (i32.load (i32.sub (local.get $text) (i32.const 5))))
        (br_if $other
          (i32.and
            (i32.and (i32.ne (local.get $key) (i32.const 0x74786574)) (i32.ne (local.get $key) (i32.const 0x676e696b)))
            (i32.ne (local.get $key) (i32.const 0x6e6f736a))))
        ;; The text ends at the last quote of the line.
        (local.set $close (i32.sub (local.get $lf) (i32.const 1)))
        (block $closed
          (loop $back
            (br_if $closed (i32.le_u (local.get $close) (i32.add (local.get $text) (i32.const 1))))
            (br_if $closed (i32.eq (i32.load8_u (local.get $close)) (i32.const 0x22)))
            (local.set $close (i32.sub (local.get $close) (i32.const 1)))
            (br $back)))
        (if (i32.gt_u (local.get $close) (i32.add (local.get $text) (i32.const 2)))
          (then
            (local.set $bytes
              (i32.add (local.get $bytes) (i32.sub (local.get $close) (i32.add (local.get $text) (i32.const 2)))))))
        (local.set $at (i32.add (local.get $lf) (i32.const 2)))
        (br $next)))
    (i32.store (local.get $sum) (local.get $bytes))
    (local.get $at))

  ;; A hash of $at..$end that differs wherever the bytes do, but for chance: 64 bytes at a time, four sums that are turned
  ;; before each addition. The last 64 bytes of a longer text overlap those before. No protection from somebody who looks for two texts with the same one.
  (func (export "hash") (param $at i32) (param $end i32) (param $seed i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $h i32) (local $first i32) (local $sum i64)
    (local.set $first (local.get $at))
    (local.set $a (i32x4.splat (i32.add (local.get $seed) (i32.sub (local.get $end) (local.get $at)))))
    (local.set $b (local.get $a))
    (local.set $c (local.get $a))
    (local.set $d (local.get $a))
    (block $tail
      (loop $blocks
        (if (i32.gt_u (i32.add (local.get $at) (i32.const 64)) (local.get $end))
          (then
            (br_if $tail (i32.or (i32.ge_u (local.get $at) (local.get $end)) (i32.lt_u (i32.sub (local.get $end) (i32.const 64)) (local.get $first))))
            (local.set $at (i32.sub (local.get $end) (i32.const 64)))))
        (local.set $a (i32x4.add (v128.load (local.get $at)) (v128.or (i32x4.shl (local.get $a) (i32.const 5)) (i32x4.shr_u (local.get $a) (i32.const 27)))))
        (local.set $b (i32x4.add (v128.load offset=16 (local.get $at)) (v128.or (i32x4.shl (local.get $b) (i32.const 5)) (i32x4.shr_u (local.get $b) (i32.const 27)))))
        (local.set $c (i32x4.add (v128.load offset=32 (local.get $at)) (v128.or (i32x4.shl (local.get $c) (i32.const 5)) (i32x4.shr_u (local.get $c) (i32.const 27)))))
        (local.set $d (i32x4.add (v128.load offset=48 (local.get $at)) (v128.or (i32x4.shl (local.get $d) (i32.const 5)) (i32x4.shr_u (local.get $d) (i32.const 27)))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $blocks)))
    (local.set $h (local.get $seed))
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $h (i32.mul (i32.xor (local.get $h) (i32.load8_u (local.get $at))) (i32.const 0x01000193)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (local.set $a
      (v128.xor
        (v128.xor (local.get $a) (v128.or (i32x4.shl (local.get $b) (i32.const 7)) (i32x4.shr_u (local.get $b) (i32.const 25))))
        (v128.xor
          (v128.or (i32x4.shl (local.get $c) (i32.const 13)) (i32x4.shr_u (local.get $c) (i32.const 19)))
          (v128.or (i32x4.shl (local.get $d) (i32.const 19)) (i32x4.shr_u (local.get $d) (i32.const 13))))))
    (local.set $sum
      (i64.mul
        (i64.xor
          (i64.mul
            (i64.xor (i64x2.extract_lane 0 (local.get $a)) (i64.extend_i32_u (local.get $h)))
            (i64.const 0x9e3779b97f4a7c15))
          (i64.rotl (i64x2.extract_lane 1 (local.get $a)) (i64.const 32)))
        (i64.const 0xbf58476d1ce4e5b9)))
    (i32.wrap_i64 (i64.xor (local.get $sum) (i64.shr_u (local.get $sum) (i64.const 32)))))
)
