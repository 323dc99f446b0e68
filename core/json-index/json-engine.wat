;; Walks JSON with SIMD instructions. Memory: 64 kB for a window of a body (quote-search.ts), 64 kB for what `outline` finds,
;; then a megabyte for a whole body, 64 kB of which some may be read behind it, a megabyte for what lies inside its fields, and
;; 128 kB for a message without its cache marks.
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

  ;; Just past the number or literal at $at; 0 for what is neither.
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
      (then
        (local.set $whole (i32.add (local.get $at) (i32.const 1)))
        ;; + or -
        (local.set $byte (i32.load8_u (local.get $whole)))
        (if (i32.and
              (i32.lt_u (local.get $whole) (local.get $end))
              (i32.or (i32.eq (local.get $byte) (i32.const 0x2b)) (i32.eq (local.get $byte) (i32.const 0x2d))))
          (then (local.set $whole (i32.add (local.get $whole) (i32.const 1)))))
        (local.set $at (call $digits (local.get $whole) (local.get $end)))
        (if (i32.eq (local.get $at) (local.get $whole)) (then (return (i32.const 0))))))
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

  ;; Counts a message whose item is $item: how many there are, how many of them are no objects, the items of the first and the last.
  (func $message (param $results i32) (param $item i32) (param $at i32)
    (if (i32.eqz (i32.load offset=68 (local.get $results)))
      (then (i32.store offset=76 (local.get $results) (local.get $item))))
    (i32.store offset=68 (local.get $results) (i32.add (i32.load offset=68 (local.get $results)) (i32.const 1)))
    (i32.store offset=72
      (local.get $results)
      (i32.add (i32.load offset=72 (local.get $results)) (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b))))
    (i32.store offset=80 (local.get $results) (local.get $item)))

  ;; Walks the document in $at..$end and writes down the fields of its outermost object at $fields: where the key starts and
  ;; ends, where the value starts and ends, 16 bytes each. $levels holds a byte for each open level, $most is the greatest
  ;; number of fields, $depth of levels. Returns the number of fields, or -1 for what is no such object, or is unusual:
  ;; then a slower reader finds out what it is.
  ;;
  ;; What lies one and two levels inside the fields is written down at $items in the same way and in the order of the document;
  ;; what has no key, because it is in a list, has 0 for it. 2048 bytes behind $levels stand their number (-1: there are more than
  ;; $itemsMost) and what $look has counted in the field "messages"; behind that, the blocks of messages that are results of
  ;; tools, those of them that are errors, the blocks' cache marks, and where the keys of the first eight of these start;
  ;; then 1 where these counts may be wrong, because a name has escapes or is given twice; then what $message writes.
  (func (export "outline")
    (param $at i32) (param $end i32) (param $levels i32) (param $depth i32) (param $fields i32) (param $most i32)
    (param $items i32) (param $itemsMost i32) (result i32)
    (local $level i32) (local $count i32) (local $field i32) (local $byte i32) (local $kind i32) (local $inside i32)
    (local $number i32) (local $key i32) (local $start i32) (local $counted i32) (local $picture i32) (local $results i32)
    (local $item i32) (local $item2 i32) (local $item3 i32) (local $first v128) (local $quotes i32) (local $name i32)
    (local $seen i32) (local $content i32) (local $bit i32)
    (local.set $field (i32.sub (local.get $fields) (i32.const 16)))
    (local.set $results (i32.add (local.get $levels) (i32.const 2048)))
    (v128.store offset=4 (local.get $results) (v128.const i32x4 0 0 0 0))
    (v128.store offset=20 (local.get $results) (v128.const i32x4 0 0 0 0))
    (v128.store offset=64 (local.get $results) (v128.const i32x4 0 0 0 0))
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
                      (then
                        (local.set $item2 (local.get $item))
                        (if (local.get $counted) (then (call $message (local.get $results) (local.get $item) (local.get $at)))))
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
                  ;; "text, "type, "medi, "data: nothing is to be done for any other key.
                  (local.set $name (i32.load offset=1 (local.get $key)))
                  (br_if $ended (i32.eq (local.get $name) (i32.const 0x74786574)))
                  ;; The members of a block are level 5. "type"
                  (if (i32.and
                        (i32.and (local.get $content) (i32.eq (local.get $level) (i32.const 5)))
                        (i32.and
                          (i32.eq (local.get $name) (i32.const 0x65707974))
                          (i32.eq (i32.load8_u offset=5 (local.get $key)) (i32.const 0x22))))
                    (then
                      ;; "tool_result"
                      (if (i32.and
                            (i64.eq (i64.load (local.get $start)) (i64.const 0x65725f6c6f6f7422))
                            (i64.eq (i64.load offset=5 (local.get $start)) (i64.const 0x22746c757365725f)))
                        (then (local.set $seen (i32.or (local.get $seen) (i32.const 1)))))
                      ;; With escapes it may be any type.
                      (if (i32.lt_u
                            (i32.ctz (i8x16.bitmask (i8x16.eq (v128.load (local.get $start)) (i8x16.splat (i32.const 0x5c)))))
                            (select
                              (i32.sub (local.get $at) (local.get $start))
                              (i32.const 16)
                              (i32.lt_u (i32.sub (local.get $at) (local.get $start)) (i32.const 16))))
                        (then (i32.store offset=64 (local.get $results) (i32.const 1))))))
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
                    (i32.and (local.get $content) (i32.eq (local.get $level) (i32.const 5)))
                    (i32.and (i32.ne (local.get $key) (i32.const 0)) (i32.eq (local.get $byte) (i32.const 0x74))))
                (then
                  (if (i32.and
                        (i64.eq (i64.load (local.get $key)) (i64.const 0x6f7272655f736922))
                        (i32.eq (i32.load16_u offset=8 (local.get $key)) (i32.const 0x2272)))
                    (then (local.set $seen (i32.or (local.get $seen) (i32.const 2)))))))
              (br $ended)))
          (local.set $key (i32.const 0))
          ;; What is in an object is in no block.
          (if (i32.and (i32.eq (local.get $level) (i32.const 3)) (i32.eq (local.get $byte) (i32.const 0x7b)))
            (then (local.set $content (i32.const 0))))
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
              (if (local.get $seen)
                (then
                  (if (i32.le_u (local.get $level) (i32.const 4))
                    (then
                      (i32.store offset=20
                        (local.get $results)
                        (i32.add (i32.load offset=20 (local.get $results)) (i32.and (local.get $seen) (i32.const 1))))
                      (i32.store offset=24
                        (local.get $results)
                        (i32.add
                          (i32.load offset=24 (local.get $results))
                          (i32.eq (i32.and (local.get $seen) (i32.const 3)) (i32.const 3))))
                      ;; What a message has is forgotten where the message ends.
                      (local.set $seen
                        (i32.and
                          (local.get $seen)
                          (select (i32.const 0x30) (i32.const 0) (i32.gt_u (local.get $level) (i32.const 2)))))))))
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
              (local.set $content (i32.const 0))
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
          (if (local.get $counted)
            (then
              (local.set $bit (i32.const 0))
              ;; Of a message: "role", "content". $bit 16 or 32 for these.
              (if (i32.eq (local.get $level) (i32.const 3))
                (then
                  (local.set $content
                    (i32.and
                      (i64.eq (i64.load (local.get $at)) (i64.const 0x746e65746e6f6322))
                      (i32.eq (i32.load8_u offset=8 (local.get $at)) (i32.const 0x22))))
                  (local.set $bit
                    (i32.or
                      (i32.shl (local.get $content) (i32.const 5))
                      (i32.shl
                        (i64.eq (i64.and (i64.load (local.get $at)) (i64.const 0xffffffffffff)) (i64.const 0x22656c6f7222))
                        (i32.const 4))))))
              ;; Of a block: "type", "is_error", "cache_control". $bit 4 or 8 for the first two.
              (if (i32.and (local.get $content) (i32.eq (local.get $level) (i32.const 5)))
                (then
                  (local.set $bit
                    (i32.or
                      (i32.shl
                        (i64.eq (i64.and (i64.load (local.get $at)) (i64.const 0xffffffffffff)) (i64.const 0x226570797422))
                        (i32.const 2))
                      (i32.shl
                        (i32.and
                          (i64.eq (i64.load (local.get $at)) (i64.const 0x6f7272655f736922))
                          (i32.eq (i32.load16_u offset=8 (local.get $at)) (i32.const 0x2272)))
                        (i32.const 3))))
                  (if (i32.and
                        (i64.eq (i64.load (local.get $at)) (i64.const 0x635f656863616322))
                        (i64.eq (i64.load offset=7 (local.get $at)) (i64.const 0x226c6f72746e6f63)))
                    (then
                      (i32.store offset=32
                        (i32.add (local.get $results) (i32.shl (i32.and (i32.load offset=28 (local.get $results)) (i32.const 7)) (i32.const 2)))
                        (local.get $at))
                      (i32.store offset=28 (local.get $results) (i32.add (i32.load offset=28 (local.get $results)) (i32.const 1)))))))
              (if (i32.and (local.get $seen) (local.get $bit)) (then (i32.store offset=64 (local.get $results) (i32.const 1))))
              (local.set $seen (i32.or (local.get $seen) (local.get $bit)))))
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
              ;; With escapes it may be any name.
              (if (i32.and
                    (i32.and (local.get $counted) (i32.or (i32.eq (local.get $level) (i32.const 3)) (i32.eq (local.get $level) (i32.const 5))))
                    (i32.lt_u
                      (i32.ctz (i8x16.bitmask (i8x16.eq (local.get $first) (i8x16.splat (i32.const 0x5c)))))
                      (i32.ctz (i32.or (local.get $quotes) (i32.const 0x10000)))))
                (then (i32.store offset=64 (local.get $results) (i32.const 1))))
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
  ;; before each addition. The last 64 bytes of a longer text overlap those before. No protection from a person who looks for two texts with the same one.
  (func $hash (export "hash") (param $at i32) (param $end i32) (param $seed i32) (result i32)
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

  ;; What follows reads the conversation of the body that was walked last. Its JSON is well formed, so nothing checks for its end.
  ;; $results and $items as for `outline`; $past is behind the last item.
  (global $results (mut i32) (i32.const 0))
  (global $past (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))
  ;; What $block has found: where values start and end, 0 for what the block does not have; whether it has "is_error": true; how
  ;; many members it has.
  (global $typeStart (mut i32) (i32.const 0))
  (global $typeEnd (mut i32) (i32.const 0))
  (global $textStart (mut i32) (i32.const 0))
  (global $isError (mut i32) (i32.const 0))
  (global $nameStart (mut i32) (i32.const 0))
  (global $nameEnd (mut i32) (i32.const 0))
  (global $inputStart (mut i32) (i32.const 0))
  (global $inputEnd (mut i32) (i32.const 0))
  (global $members (mut i32) (i32.const 0))
  ;; What $spell has found: where a string starts, and its length.
  (global $word (mut i32) (i32.const 0))
  (global $wordLength (mut i32) (i32.const 0))
  ;; How many calls of tools $blocks has found in a message.
  (global $calls (mut i32) (i32.const 0))

  ;; Behind $results: from 512 on 128 bytes for a string without its escapes, from 640 on the last eight calls of tools in a message,
  ;; 16 bytes for each, from 768 on the call that others are compared with.

  ;; How the client's own texts begin. For each: 1 for a turn that a person stopped, which is the whole text, 2 for other texts, 3 for
  ;; the summary of an earlier conversation; then the length, then the words. A length of 0 is behind the last one.
  (data (i32.const 130048)
    "\01\1d[Request interrupted by user]"
    "\01\2a[Request interrupted by user for tool use]"
    "\02\11<system-reminder>"
    "\02\0f<local-command-"
    "\02\13<task-notification>"
    "\03\3cThis session is being continued from a previous conversation"
    "\02\37CRITICAL: Respond with TEXT ONLY. Do NOT call any tools"
    "\02\4cYour task is to create a detailed summary of the conversation so far, paying"
    "\00\00")
  ;; How the client's first line about itself begins.
  (data (i32.const 130560) "x-anthropic-billing-header:")

  (func $aim (param $results i32) (param $items i32) (param $end i32)
    (global.set $results (local.get $results))
    (global.set $past (i32.add (local.get $items) (i32.shl (i32.load (local.get $results)) (i32.const 4))))
    (global.set $end (local.get $end)))

  ;; The first byte from $at on that is no white space.
  (func $solid (param $at i32) (result i32)
    (loop $more
      (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $more))))
    (local.get $at))

  ;; From the end of one item to the start of the next one, or to the bracket that closes.
  (func $following (param $at i32) (result i32)
    (if (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20)) (then (local.set $at (call $solid (local.get $at)))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2c))
      (then (return (call $solid (i32.add (local.get $at) (i32.const 1))))))
    (local.get $at))

  ;; Where the value of a key starts that ends at $at.
  (func $valueStart (param $at i32) (result i32)
    (call $solid (i32.add (call $solid (local.get $at)) (i32.const 1))))

  ;; Where the value ends that starts at $at.
  (func $valueEnd (param $at i32) (result i32)
    (local $byte i32) (local $depth i32)
    (loop $more
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22))
        (then (local.set $at (call $string (local.get $at) (global.get $end))))
        (else
          ;; } and ] differ in one bit, as { and [ do.
          (if (i32.eq (i32.and (local.get $byte) (i32.const 0xdf)) (i32.const 0x5d))
            (then
              (if (i32.eqz (local.get $depth)) (then (return (local.get $at))))
              (local.set $depth (i32.sub (local.get $depth) (i32.const 1))))
            (else
              (if (i32.eqz (local.get $depth))
                (then
                  (if (i32.or (i32.eq (local.get $byte) (i32.const 0x2c)) (i32.le_u (local.get $byte) (i32.const 0x20)))
                    (then (return (local.get $at))))))
              (local.set $depth
                (i32.add
                  (local.get $depth)
                  (i32.eq (i32.and (local.get $byte) (i32.const 0xdf)) (i32.const 0x5b))))
              ;; Inside a container as in a number nothing has ended.
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $more)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))))
      (br_if $more (local.get $depth)))
    (local.get $at))

  ;; The ASCII letter that the four digits at $at spell, or 1, which is in no name, for any other one.
  (func $letter (param $at i32) (result i32)
    (local $letter i32) (local $digit i32) (local $digits i32)
    (local.set $digits (i32.const 4))
    (loop $hex
      (local.set $digit (i32.load8_u (local.get $at)))
      (local.set $letter
        (i32.add
          (i32.shl (local.get $letter) (i32.const 4))
          (i32.add
            (i32.and (local.get $digit) (i32.const 15))
            (i32.mul (i32.shr_u (local.get $digit) (i32.const 6)) (i32.const 9)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
      (br_if $hex (local.get $digits)))
    (select (local.get $letter) (i32.const 1) (i32.le_u (local.get $letter) (i32.const 0x7f))))

  ;; Finds the string $start..$end, quotes included, without its escapes. What they spell that is no letter of a name becomes a byte
  ;; no name has. A string that is longer than any name, with an escape for each of its letters, stays as it is.
  (func $spell (param $start i32) (param $end i32)
    (local $to i32) (local $byte i32)
    (global.set $word (local.get $start))
    (global.set $wordLength (i32.sub (local.get $end) (local.get $start)))
    (if (i32.gt_u (global.get $wordLength) (i32.const 80)) (then (return)))
    ;; No name has more than 16 letters before its first escape.
    (if (i32.ge_u
          (i32.ctz
            (i32.or
              (i8x16.bitmask (i8x16.eq (v128.load (local.get $start)) (i8x16.splat (i32.const 0x5c))))
              (i32.const 0x10000)))
          (select (global.get $wordLength) (i32.const 16) (i32.lt_u (global.get $wordLength) (i32.const 16))))
      (then (return)))
    (local.set $to (i32.add (global.get $results) (i32.const 512)))
    (global.set $word (local.get $to))
    (loop $more
      (local.set $byte (i32.load8_u (local.get $start)))
      (local.set $start (i32.add (local.get $start) (i32.const 1)))
      (if (i32.eq (local.get $byte) (i32.const 0x5c))
        (then
          (local.set $byte (i32.const 1))
          (if (i32.eq (i32.load8_u (local.get $start)) (i32.const 0x75))
            (then
              (local.set $byte (call $letter (i32.add (local.get $start) (i32.const 1))))
              (local.set $start (i32.add (local.get $start) (i32.const 4)))))
          (local.set $start (i32.add (local.get $start) (i32.const 1)))))
      (i32.store8 (local.get $to) (local.get $byte))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $start) (local.get $end))))
    (global.set $wordLength (i32.sub (local.get $to) (global.get $word))))

  ;; Writes the first $most bytes of the text at $at, 96 or less, 512 bytes behind $results, without escapes and without white space
  ;; before and behind the words. Returns their length.
  (func $opening (param $at i32) (param $most i32) (result i32)
    (local $start i32) (local $to i32) (local $byte i32) (local $length i32)
    (local.set $start (i32.add (global.get $results) (i32.const 512)))
    (local.set $to (local.get $start))
    (loop $more
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      ;; An escape that is cut off may hide the quote.
      (if (i32.ge_u (local.get $at) (global.get $end)) (then (return (local.get $length))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22)) (then (return (local.get $length))))
      (if (i32.eq (local.get $byte) (i32.const 0x5c))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $byte (i32.load8_u (local.get $at)))
          (if (i32.eq (local.get $byte) (i32.const 0x75))
            (then
              (local.set $byte (call $letter (i32.add (local.get $at) (i32.const 1))))
              (local.set $at (i32.add (local.get $at) (i32.const 4))))
            (else
              ;; \n, \r, \t
              (if (i32.or
                    (i32.eq (local.get $byte) (i32.const 0x6e))
                    (i32.or (i32.eq (local.get $byte) (i32.const 0x72)) (i32.eq (local.get $byte) (i32.const 0x74))))
                (then (local.set $byte (i32.const 0x0a))))))))
      (if (i32.le_u (local.get $byte) (i32.const 0x20))
        (then (br_if $more (i32.eq (local.get $to) (local.get $start)))))
      (i32.store8 (local.get $to) (local.get $byte))
      (local.set $to (i32.add (local.get $to) (i32.const 1)))
      (if (i32.gt_u (local.get $byte) (i32.const 0x20))
        (then (local.set $length (i32.sub (local.get $to) (local.get $start)))))
      (br_if $more (i32.lt_u (local.get $to) (i32.add (local.get $start) (local.get $most)))))
    (local.get $most))

  ;; The first letter of the text at $at; 0 where it has none.
  (func $firstLetter (param $at i32) (result i32)
    (if (i32.eqz (call $opening (local.get $at) (i32.const 1))) (then (return (i32.const 0))))
    (i32.load8_u offset=512 (global.get $results)))

  ;; Whose words the text at $at holds: 0 a person's, else the number of the client's text that it begins as, 2 where there are none.
  (func $writerOf (param $at i32) (result i32)
    (local $length i32) (local $own i32) (local $size i32) (local $kind i32) (local $letter i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (i32.const 2))))
    (local.set $letter (call $firstLetter (local.get $at)))
    (if (i32.eqz (local.get $letter)) (then (return (i32.const 2))))
    ;; < [ C T Y
    (if (i32.eqz
          (i32.or
            (i32.or (i32.eq (local.get $letter) (i32.const 0x3c)) (i32.eq (local.get $letter) (i32.const 0x5b)))
            (i32.or
              (i32.eq (local.get $letter) (i32.const 0x43))
              (i32.or (i32.eq (local.get $letter) (i32.const 0x54)) (i32.eq (local.get $letter) (i32.const 0x59))))))
      (then (return (i32.const 0))))
    ;; The longest text that begins with < has 19 letters.
    (local.set $length
      (call $opening
        (local.get $at)
        (select (i32.const 24) (i32.const 96) (i32.eq (local.get $letter) (i32.const 0x3c)))))
    (local.set $own (i32.const 130048))
    (loop $more
      (local.set $kind (i32.load8_u (local.get $own)))
      (local.set $size (i32.load8_u offset=1 (local.get $own)))
      (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
      (local.set $own (i32.add (local.get $own) (i32.add (local.get $size) (i32.const 2))))
      (br_if $more (i32.lt_u (local.get $length) (local.get $size)))
      (br_if $more
        (i32.and (i32.eq (local.get $kind) (i32.const 1)) (i32.ne (local.get $length) (local.get $size))))
      (br_if $more
        (i32.eqz
          (call $isSameEnd
            (i32.add (i32.add (global.get $results) (i32.const 512)) (local.get $size))
            (local.get $own)
            (local.get $size)))))
    (local.get $kind))

  ;; Which name the key $key..$end is: 1 type, 2 text, 3 name, 4 input, 5 is_error, 6 role, 7 content, 0 any other.
  (func $nameOf (param $key i32) (param $end i32) (result i32)
    (local $length i32) (local $word i64)
    (local.set $length (i32.sub (local.get $end) (local.get $key)))
    ;; Without escapes no name is longer than 10.
    (if (i32.or
          (i32.gt_u (local.get $length) (i32.const 10))
          (i32.ne
            (i32.const 0)
            (i32.and
              (i8x16.bitmask (i8x16.eq (v128.load (local.get $key)) (i8x16.splat (i32.const 0x5c))))
              (i32.const 0x3ff))))
      (then
        (call $spell (local.get $key) (local.get $end))
        (local.set $length (global.get $wordLength))
        (local.set $key (global.get $word))))
    (local.set $word (i64.load (local.get $key)))
    (if (i32.eq (local.get $length) (i32.const 6))
      (then
        (local.set $word (i64.and (local.get $word) (i64.const 0xffffffffffff)))
        (if (i64.eq (local.get $word) (i64.const 0x226570797422)) (then (return (i32.const 1))))
        (if (i64.eq (local.get $word) (i64.const 0x227478657422)) (then (return (i32.const 2))))
        (if (i64.eq (local.get $word) (i64.const 0x22656d616e22)) (then (return (i32.const 3))))
        (return (i32.mul (i64.eq (local.get $word) (i64.const 0x22656c6f7222)) (i32.const 6)))))
    (if (i32.eq (local.get $length) (i32.const 7))
      (then
        (return
          (i32.shl
            (i64.eq (i64.and (local.get $word) (i64.const 0xffffffffffffff)) (i64.const 0x227475706e6922))
            (i32.const 2)))))
    (if (i32.eq (local.get $length) (i32.const 9))
      (then (return (i32.mul (i64.eq (local.get $word) (i64.const 0x746e65746e6f6322)) (i32.const 7)))))
    (if (i32.eq (local.get $length) (i32.const 10))
      (then
        (return
          (i32.mul
            (i32.and
              (i64.eq (local.get $word) (i64.const 0x6f7272655f736922))
              (i32.eq (i32.load8_u offset=8 (local.get $key)) (i32.const 0x72)))
            (i32.const 5)))))
    (i32.const 0))

  ;; Reads the block that opens at $at and returns where it ends. Of a member given twice the last one counts.
  (func $block (param $at i32) (result i32)
    (local $keyEnd i32) (local $value i32) (local $valueEnd i32) (local $name i32)
    (global.set $typeStart (i32.const 0))
    (global.set $textStart (i32.const 0))
    (global.set $isError (i32.const 0))
    (global.set $nameStart (i32.const 0))
    (global.set $inputStart (i32.const 0))
    (global.set $members (i32.const 0))
    (local.set $at (call $solid (i32.add (local.get $at) (i32.const 1))))
    (block $closed
      (loop $more
        (br_if $closed (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7d)))
        (local.set $keyEnd (call $string (local.get $at) (global.get $end)))
        ;; As compact JSON has it: :" behind the key.
        (if (i32.eq (i32.load16_u (local.get $keyEnd)) (i32.const 0x223a))
          (then
            (local.set $value (i32.add (local.get $keyEnd) (i32.const 1)))
            (local.set $valueEnd (call $string (local.get $value) (global.get $end))))
          (else
            (local.set $value (call $valueStart (local.get $keyEnd)))
            (local.set $valueEnd (call $valueEnd (local.get $value)))))
        (global.set $members (i32.add (global.get $members) (i32.const 1)))
        (local.set $name (call $nameOf (local.get $at) (local.get $keyEnd)))
        ;; ,"
        (if (i32.eq (i32.load16_u (local.get $valueEnd)) (i32.const 0x222c))
          (then (local.set $at (i32.add (local.get $valueEnd) (i32.const 1))))
          (else (local.set $at (call $following (local.get $valueEnd)))))
        (br_if $more (i32.eqz (local.get $name)))
        (if (i32.eq (local.get $name) (i32.const 1))
          (then
            (global.set $typeStart (local.get $value))
            (global.set $typeEnd (local.get $valueEnd))))
        (if (i32.eq (local.get $name) (i32.const 2)) (then (global.set $textStart (local.get $value))))
        (if (i32.eq (local.get $name) (i32.const 3))
          (then
            (global.set $nameStart (local.get $value))
            (global.set $nameEnd (local.get $valueEnd))))
        (if (i32.eq (local.get $name) (i32.const 4))
          (then
            (global.set $inputStart (local.get $value))
            (global.set $inputEnd (local.get $valueEnd))))
        ;; true
        (if (i32.eq (local.get $name) (i32.const 5))
          (then (global.set $isError (i32.eq (i32.load8_u (local.get $value)) (i32.const 0x74)))))
        (br $more)))
    (i32.add (local.get $at) (i32.const 1)))

  ;; The type of the block that was read: 1 text, 2 tool_use, 3 tool_result, 0 any other.
  (func $typeOf (result i32)
    (local $word i64)
    (if (i32.eqz (global.get $typeStart)) (then (return (i32.const 0))))
    (call $spell (global.get $typeStart) (global.get $typeEnd))
    (local.set $word (i64.load (global.get $word)))
    (if (i32.eq (global.get $wordLength) (i32.const 6))
      (then
        (return
          (i64.eq (i64.and (local.get $word) (i64.const 0xffffffffffff)) (i64.const 0x227478657422)))))
    (if (i32.eq (global.get $wordLength) (i32.const 10))
      (then
        (return
          (i32.shl
            (i32.and
              (i64.eq (local.get $word) (i64.const 0x73755f6c6f6f7422))
              (i32.eq (i32.load16_u offset=8 (global.get $word)) (i32.const 0x2265)))
            (i32.const 1)))))
    (if (i32.ne (global.get $wordLength) (i32.const 13)) (then (return (i32.const 0))))
    (i32.mul
      (i32.and
        (i64.eq (local.get $word) (i64.const 0x65725f6c6f6f7422))
        (i64.eq (i64.load offset=5 (global.get $word)) (i64.const 0x22746c757365725f)))
      (i32.const 3)))

  ;; Adds $more to a number of the results.
  (func $count (param $place i32) (param $more i32)
    (local.set $place (i32.add (global.get $results) (local.get $place)))
    (i32.store (local.get $place) (i32.add (i32.load (local.get $place)) (local.get $more))))

  ;; Takes the text at $at for a mark of a turn that a person stopped, for the client's own words, or for a person's.
  (func $noteText (param $at i32)
    (local $writer i32)
    (local.set $writer (call $writerOf (local.get $at)))
    (if (i32.eqz (local.get $writer)) (then (i32.store offset=104 (global.get $results) (i32.const 1))))
    (if (i32.eq (local.get $writer) (i32.const 1)) (then (i32.store offset=108 (global.get $results) (i32.const 1)))))

  ;; Notes that the conversation begins with a summary where the text at $at is one.
  (func $noteSummary (param $at i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return)))
    ;; T
    (if (i32.ne (call $firstLetter (local.get $at)) (i32.const 0x54)) (then (return)))
    (if (i32.eq (call $writerOf (local.get $at)) (i32.const 3))
      (then (i32.store offset=112 (global.get $results) (i32.const 1)))))

  ;; Reads the blocks of the list that opens at $at. $purpose 0: counts results of tools as new ones and notes texts; 1: counts results
  ;; among those of all messages; 2: writes down calls of tools; 3: looks for a summary.
  (func $blocks (param $at i32) (param $purpose i32)
    (local $type i32) (local $call i32)
    (local.set $at (call $solid (i32.add (local.get $at) (i32.const 1))))
    (block $closed
      (loop $more
        (br_if $closed (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x5d)))
        (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b))
          (then (local.set $at (call $valueEnd (local.get $at))))
          (else
            (local.set $at (call $block (local.get $at)))
            (local.set $type (call $typeOf))
            (if (i32.and (i32.eq (local.get $type) (i32.const 1)) (i32.ne (global.get $textStart) (i32.const 0)))
              (then
                (if (i32.eqz (local.get $purpose)) (then (call $noteText (global.get $textStart))))
                (if (i32.eq (local.get $purpose) (i32.const 3)) (then (call $noteSummary (global.get $textStart))))))
            (if (i32.and
                  (i32.and (i32.eq (local.get $type) (i32.const 2)) (i32.eq (local.get $purpose) (i32.const 2)))
                  (i32.and (i32.ne (global.get $nameStart) (i32.const 0)) (i32.ne (global.get $inputStart) (i32.const 0))))
              (then
                (local.set $call (call $callAt (global.get $calls)))
                (i32.store (local.get $call) (global.get $nameStart))
                (i32.store offset=4 (local.get $call) (global.get $nameEnd))
                (i32.store offset=8 (local.get $call) (global.get $inputStart))
                (i32.store offset=12 (local.get $call) (global.get $inputEnd))
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))))
            (if (i32.and (i32.eq (local.get $type) (i32.const 3)) (i32.le_u (local.get $purpose) (i32.const 1)))
              (then
                (call $count (select (i32.const 20) (i32.const 96) (local.get $purpose)) (i32.const 1))
                (call $count (select (i32.const 24) (i32.const 100) (local.get $purpose)) (global.get $isError))))))
        (local.set $at (call $following (local.get $at)))
        (br $more))))

  ;; Where the call of a tool with a number is written down: one of the last eight.
  (func $callAt (param $number i32) (result i32)
    (i32.add
      (global.get $results)
      (i32.add (i32.const 640) (i32.shl (i32.and (local.get $number) (i32.const 7)) (i32.const 4)))))

  ;; Reads the blocks of a message, where its content is a list of them.
  (func $blocksOf (param $message i32) (param $purpose i32)
    (local $content i32)
    (local.set $content (call $member (local.get $message) (i32.const 7)))
    (if (i32.eqz (local.get $content)) (then (return)))
    (local.set $content (i32.load offset=8 (local.get $content)))
    (if (i32.eq (i32.load8_u (local.get $content)) (i32.const 0x5b))
      (then (call $blocks (local.get $content) (local.get $purpose)) (return)))
    ;; A text alone.
    (if (i32.eqz (local.get $purpose)) (then (call $noteText (local.get $content))))
    (if (i32.eq (local.get $purpose) (i32.const 3)) (then (call $noteSummary (local.get $content)))))

  ;; The item of the last member with a name among those of a message; 0 for none.
  (func $member (param $message i32) (param $name i32) (result i32)
    (local $item i32) (local $found i32)
    (local.set $item (local.get $message))
    (loop $more
      (local.set $item (i32.add (local.get $item) (i32.const 16)))
      (if (i32.ge_u (local.get $item) (global.get $past)) (then (return (local.get $found))))
      (if (i32.ge_u (i32.load offset=8 (local.get $item)) (i32.load offset=12 (local.get $message)))
        (then (return (local.get $found))))
      (br_if $more
        (i32.ne (call $nameOf (i32.load (local.get $item)) (i32.load offset=4 (local.get $item))) (local.get $name)))
      (local.set $found (local.get $item))
      (br $more))
    (unreachable))

  ;; 1 for a message of the user, 2 for one of the model, 0 for any other.
  (func $roleOf (param $message i32) (result i32)
    (local $role i32)
    (local.set $role (call $member (local.get $message) (i32.const 6)))
    (if (i32.eqz (local.get $role)) (then (return (i32.const 0))))
    (call $spell (i32.load offset=8 (local.get $role)) (i32.load offset=12 (local.get $role)))
    (if (i32.eq (global.get $wordLength) (i32.const 6))
      (then
        (return
          (i64.eq
            (i64.and (i64.load (global.get $word)) (i64.const 0xffffffffffff))
            (i64.const 0x227265737522)))))
    (if (i32.ne (global.get $wordLength) (i32.const 11)) (then (return (i32.const 0))))
    (i32.shl
      (i32.and
        (i64.eq (i64.load (global.get $word)) (i64.const 0x6174736973736122))
        (i32.eq (i32.load offset=7 (global.get $word)) (i32.const 0x22746e61)))
      (i32.const 1)))

  ;; The message before one: items of lists have no key. Before the first one there is none: do not ask.
  (func $before (param $message i32) (result i32)
    (loop $more
      (local.set $message (i32.sub (local.get $message) (i32.const 16)))
      (br_if $more (i32.load (local.get $message))))
    (local.get $message))

  ;; Whether the $length bytes before $one and $other are the same; unlike ones are left after a few bytes.
  (func $isSameEnd (param $one i32) (param $other i32) (param $length i32) (result i32)
    (block $rest
      (loop $words
        (br_if $rest (i32.lt_u (local.get $length) (i32.const 8)))
        (local.set $one (i32.sub (local.get $one) (i32.const 8)))
        (local.set $other (i32.sub (local.get $other) (i32.const 8)))
        (local.set $length (i32.sub (local.get $length) (i32.const 8)))
        (br_if $words (i64.eq (i64.load (local.get $one)) (i64.load (local.get $other))))
        (return (i32.const 0))))
    (block $all
      (loop $bytes
        (br_if $all (i32.eqz (local.get $length)))
        (local.set $one (i32.sub (local.get $one) (i32.const 1)))
        (local.set $other (i32.sub (local.get $other) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br_if $bytes (i32.eq (i32.load8_u (local.get $one)) (i32.load8_u (local.get $other))))
        (return (i32.const 0))))
    (i32.const 1))

  ;; Whether the call of a tool at $call has the name and the input of the one that others are compared with.
  (func $isSameCall (param $call i32) (result i32)
    (local $other i32) (local $length i32)
    (local.set $other (i32.add (global.get $results) (i32.const 768)))
    (local.set $length (i32.sub (i32.load offset=4 (local.get $call)) (i32.load (local.get $call))))
    (if (i32.ne (local.get $length) (i32.sub (i32.load offset=4 (local.get $other)) (i32.load (local.get $other))))
      (then (return (i32.const 0))))
    (if (i32.eqz
          (call $isSameEnd (i32.load offset=4 (local.get $call)) (i32.load offset=4 (local.get $other)) (local.get $length)))
      (then (return (i32.const 0))))
    ;; With its keys in another order an input is as long.
    (local.set $length (i32.sub (i32.load offset=12 (local.get $call)) (i32.load offset=8 (local.get $call))))
    (if (i32.ne (local.get $length) (i32.sub (i32.load offset=12 (local.get $other)) (i32.load offset=8 (local.get $other))))
      (then (return (i32.const 0))))
    (if (call $isSameEnd (i32.load offset=12 (local.get $call)) (i32.load offset=12 (local.get $other)) (local.get $length))
      (then (return (i32.const 1))))
    (if (i32.or
          (i32.ne (i32.load8_u (i32.load offset=8 (local.get $call))) (i32.const 0x7b))
          (i32.ne (i32.load8_u (i32.load offset=8 (local.get $other))) (i32.const 0x7b)))
      (then (return (i32.const 0))))
    (i64.eq
      (call $sumOfMembers (i32.load offset=8 (local.get $call)))
      (call $sumOfMembers (i32.load offset=8 (local.get $other)))))

  ;; A sum of hashes that is the same for the members of the object at $at in any order.
  (func $sumOfMembers (param $at i32) (result i64)
    (local $keyEnd i32) (local $value i32) (local $end i32) (local $hash i32) (local $sum i64)
    (local.set $at (call $solid (i32.add (local.get $at) (i32.const 1))))
    (block $closed
      (loop $more
        (br_if $closed (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7d)))
        (local.set $keyEnd (call $string (local.get $at) (global.get $end)))
        (local.set $value (call $valueStart (local.get $keyEnd)))
        (local.set $end (call $valueEnd (local.get $value)))
        (local.set $hash (call $hash (local.get $at) (local.get $keyEnd) (i32.const 1)))
        (local.set $sum
          (i64.add
            (local.get $sum)
            (i64.mul
              (i64.or (i64.shl (i64.extend_i32_u (local.get $hash)) (i64.const 1)) (i64.const 1))
              (i64.extend_i32_u (call $hash (local.get $value) (local.get $end) (local.get $hash))))))
        (local.set $at (call $following (local.get $end)))
        (br $more)))
    (local.get $sum))

  ;; How many of the six calls of tools before the last one of the message $newest are the same, in that message and in the 16 before.
  (func $repeats (param $newest i32) (result i32)
    (local $message i32) (local $left i32) (local $number i32) (local $compared i32) (local $repeats i32)
    (global.set $calls (i32.const 0))
    (call $blocksOf (local.get $newest) (i32.const 2))
    (local.set $number (global.get $calls))
    (if (i32.eqz (local.get $number)) (then (return (i32.const 0))))
    (local.set $number (i32.sub (local.get $number) (i32.const 1)))
    (v128.store offset=768 (global.get $results) (v128.load (call $callAt (local.get $number))))
    (local.set $message (local.get $newest))
    (local.set $left (i32.const 16))
    (block $done
      (loop $messages
        (block $compared_all
          (loop $calls
            (br_if $compared_all (i32.eqz (local.get $number)))
            (local.set $number (i32.sub (local.get $number) (i32.const 1)))
            (local.set $repeats (i32.add (local.get $repeats) (call $isSameCall (call $callAt (local.get $number)))))
            (local.set $compared (i32.add (local.get $compared) (i32.const 1)))
            (br_if $done (i32.eq (local.get $compared) (i32.const 6)))
            (br $calls)))
        (br_if $done (i32.eqz (local.get $left)))
        (br_if $done (i32.eq (local.get $message) (i32.load offset=76 (global.get $results))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (local.set $message (call $before (local.get $message)))
        (br_if $messages (i32.ne (call $roleOf (local.get $message)) (i32.const 2)))
        (global.set $calls (i32.const 0))
        (call $blocksOf (local.get $message) (i32.const 2))
        (local.set $number (global.get $calls))
        (br $messages)))
    (local.get $repeats))

  ;; Counts the results of tools again, and those of them that are errors, where the walk may have counted wrong.
  (func $recount
    (local $message i32)
    (i64.store offset=20 (global.get $results) (i64.const 0))
    (local.set $message (i32.load offset=80 (global.get $results)))
    (loop $more
      (call $blocksOf (local.get $message) (i32.const 1))
      (if (i32.ne (local.get $message) (i32.load offset=76 (global.get $results)))
        (then
          (local.set $message (call $before (local.get $message)))
          (br $more)))))

  ;; Reads the last turn: 96 bytes behind $results the results of tools behind the model's last message, those of them that are
  ;; errors, whether there is a person's text, whether a person stopped the turn, whether the conversation begins with a summary,
  ;; and how many calls of the model are the same as its last one.
  (func (export "turn") (param $results i32) (param $items i32) (param $end i32)
    (local $message i32) (local $left i32) (local $role i32)
    (call $aim (local.get $results) (local.get $items) (local.get $end))
    (v128.store offset=96 (local.get $results) (v128.const i32x4 0 0 0 0))
    (i64.store offset=112 (local.get $results) (i64.const 0))
    (local.set $left (i32.load offset=68 (local.get $results)))
    (if (i32.eqz (local.get $left)) (then (return)))
    (if (i32.load offset=64 (local.get $results)) (then (call $recount)))
    (call $blocksOf (i32.load offset=76 (local.get $results)) (i32.const 3))
    (local.set $message (i32.load offset=80 (local.get $results)))
    (block $counted
      (loop $more
        (local.set $role (call $roleOf (local.get $message)))
        (br_if $counted (i32.eq (local.get $role) (i32.const 2)))
        (if (local.get $role) (then (call $blocksOf (local.get $message) (i32.const 0))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (if (i32.eqz (local.get $left)) (then (return)))
        (local.set $message (call $before (local.get $message)))
        (br $more)))
    ;; Only where the last thing that happened was a tool's answer can the agent be going round in a circle.
    (if (i32.load offset=96 (local.get $results))
      (then (i32.store offset=116 (local.get $results) (call $repeats (local.get $message))))))

  ;; Of a message both ends and the length count: clients take old messages out or shorten them, they do not change a letter in the
  ;; middle of a long one.
  (func $hashEnds (param $start i32) (param $end i32) (param $seed i32) (result i32)
    (if (i32.le_s (i32.sub (local.get $end) (local.get $start)) (i32.const 1024))
      (then (return (call $hash (local.get $start) (local.get $end) (local.get $seed)))))
    (call $hash
      (i32.sub (local.get $end) (i32.const 512))
      (local.get $end)
      (i32.add
        (call $hash (local.get $start) (i32.add (local.get $start) (i32.const 512)) (local.get $seed))
        (i32.sub (local.get $end) (local.get $start)))))

  ;; Copies $start..$end to $to behind $pieces; where that would be more than 128 kB, 0. Else where the copy ends.
  (func $piece (param $to i32) (param $start i32) (param $end i32) (param $pieces i32) (result i32)
    (local $length i32)
    (local.set $length (i32.sub (local.get $end) (local.get $start)))
    (if (i32.eqz (local.get $to)) (then (return (i32.const 0))))
    (if (i32.gt_s (i32.add (i32.sub (local.get $to) (local.get $pieces)) (local.get $length)) (i32.const 0x20000))
      (then (return (i32.const 0))))
    (if (i32.gt_s (local.get $length) (i32.const 1024))
      (then
        ;; Of a long message $hashEnds reads both ends alone, and what lies between those of a long piece is in neither.
        (memory.copy (local.get $to) (local.get $start) (i32.const 512))
        (memory.copy
          (i32.sub (i32.add (local.get $to) (local.get $length)) (i32.const 512))
          (i32.sub (local.get $end) (i32.const 512))
          (i32.const 512)))
      (else
        (if (i32.gt_s (local.get $length) (i32.const 0))
          (then (memory.copy (local.get $to) (local.get $start) (local.get $length))))))
    (i32.add (local.get $to) (local.get $length)))

  ;; Writes the two hashes of a message to $form: without its cache marks, and also with its only text in place of the block that
  ;; the mark needs; then 1 where the first is missing because the message is too long, and 2 where the second is.
  (func $hashMessage (param $message i32) (param $seed i32) (param $form i32) (param $pieces i32)
    (local $start i32) (local $end i32) (local $mark i32) (local $last i32) (local $to i32) (local $hash i32) (local $content i32)
    (local $text i32) (local $textEnd i32)
    (local.set $start (i32.load offset=8 (local.get $message)))
    (local.set $end (i32.load offset=12 (local.get $message)))
    (local.set $mark (i32.add (global.get $results) (i32.const 32)))
    (local.set $last (i32.add (local.get $mark) (i32.shl (i32.load offset=28 (global.get $results)) (i32.const 2))))
    (i32.store offset=8 (local.get $form) (i32.const 0))
    (block $passed
      (loop $more
        (br_if $passed (i32.ge_u (local.get $mark) (local.get $last)))
        (br_if $passed (i32.ge_u (i32.load (local.get $mark)) (local.get $start)))
        (local.set $mark (i32.add (local.get $mark) (i32.const 4)))
        (br $more)))
    (block $marked
      (if (i32.lt_u (local.get $mark) (local.get $last))
        (then (br_if $marked (i32.le_u (i32.load (local.get $mark)) (local.get $end)))))
      (local.set $hash (call $hashEnds (local.get $start) (local.get $end) (local.get $seed)))
      (i32.store (local.get $form) (local.get $hash))
      (i32.store offset=4 (local.get $form) (local.get $hash))
      (return))
    (local.set $text (local.get $start))
    (local.set $to (local.get $pieces))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $mark) (local.get $last)))
        (br_if $done (i32.ge_u (i32.load (local.get $mark)) (local.get $end)))
        (local.set $content (call $markOf (local.get $mark)))
        (local.set $to
          (call $piece (local.get $to) (local.get $text) (i32.load (local.get $content)) (local.get $pieces)))
        (local.set $text (i32.load offset=4 (local.get $content)))
        (local.set $mark (i32.add (local.get $mark) (i32.const 4)))
        (br $more)))
    (local.set $to (call $piece (local.get $to) (local.get $text) (local.get $end) (local.get $pieces)))
    (if (local.get $to)
      (then
        (local.set $hash (call $hashEnds (local.get $pieces) (local.get $to) (local.get $seed)))
        (i32.store (local.get $form) (local.get $hash))
        (i32.store offset=4 (local.get $form) (local.get $hash)))
      (else (i32.store offset=8 (local.get $form) (i32.const 3))))
    (local.set $content (call $member (local.get $message) (i32.const 7)))
    (if (i32.eqz (local.get $content)) (then (return)))
    (local.set $text (call $onlyText (i32.load offset=8 (local.get $content))))
    (if (i32.eqz (local.get $text)) (then (return)))
    (local.set $textEnd (call $string (local.get $text) (global.get $end)))
    (local.set $to
      (call $piece (local.get $pieces) (local.get $start) (i32.load offset=8 (local.get $content)) (local.get $pieces)))
    (local.set $to (call $piece (local.get $to) (local.get $text) (local.get $textEnd) (local.get $pieces)))
    (local.set $to
      (call $piece (local.get $to) (i32.load offset=12 (local.get $content)) (local.get $end) (local.get $pieces)))
    (if (local.get $to)
      (then
        (i32.store offset=4 (local.get $form) (call $hashEnds (local.get $pieces) (local.get $to) (local.get $seed)))
        (i32.store offset=8 (local.get $form) (i32.and (i32.load offset=8 (local.get $form)) (i32.const 1))))
      (else (i32.store offset=8 (local.get $form) (i32.or (i32.load offset=8 (local.get $form)) (i32.const 2))))))

  ;; Where the text starts where the content at $at is one text with a mark and nothing else; 0 for any other content.
  (func $onlyText (param $at i32) (result i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x5b)) (then (return (i32.const 0))))
    (local.set $at (call $solid (i32.add (local.get $at) (i32.const 1))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (i32.const 0))))
    (local.set $at (call $solid (call $block (local.get $at))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x5d)) (then (return (i32.const 0))))
    ;; Its type, its text and its mark.
    (if (i32.ne (global.get $members) (i32.const 3)) (then (return (i32.const 0))))
    (if (i32.ne (call $typeOf) (i32.const 1)) (then (return (i32.const 0))))
    (if (i32.eqz (global.get $textStart)) (then (return (i32.const 0))))
    (select
      (global.get $textStart)
      (i32.const 0)
      (i32.eq (i32.load8_u (global.get $textStart)) (i32.const 0x22))))

  ;; Where the start and the end of a mark stand, 136 bytes behind $results for the first one.
  (func $markOf (param $mark i32) (result i32)
    (i32.add
      (global.get $results)
      (i32.add (i32.shl (i32.sub (i32.sub (local.get $mark) (global.get $results)) (i32.const 32)) (i32.const 1)) (i32.const 136))))

  ;; The last byte before $at that is no white space.
  (func $solidBefore (param $at i32) (result i32)
    (loop $more
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (br_if $more (i32.le_u (i32.load8_u (local.get $at)) (i32.const 0x20))))
    (local.get $at))

  ;; Finds the start and the end of each mark, with the comma and the white space that are there for it alone.
  (func $readMarks
    (local $mark i32) (local $last i32) (local $key i32) (local $end i32) (local $ends i32) (local $start i32)
    (local.set $mark (i32.add (global.get $results) (i32.const 32)))
    (local.set $last (i32.add (local.get $mark) (i32.shl (i32.load offset=28 (global.get $results)) (i32.const 2))))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $mark) (local.get $last)))
        (local.set $key (i32.load (local.get $mark)))
        (local.set $end
          (call $valueEnd (call $valueStart (call $string (local.get $key) (global.get $end)))))
        (local.set $start (call $solidBefore (local.get $key)))
        ;; The first member has its comma behind it.
        (if (i32.eq (i32.load8_u (local.get $start)) (i32.const 0x2c))
          (then (local.set $start (i32.add (call $solidBefore (local.get $start)) (i32.const 1))))
          (else
            (local.set $start (local.get $key))
            (if (i32.eq (i32.load8_u (call $solid (local.get $end))) (i32.const 0x2c))
              (then (local.set $end (call $following (local.get $end)))))))
        (local.set $ends (call $markOf (local.get $mark)))
        (i32.store (local.get $ends) (local.get $start))
        (i32.store offset=4 (local.get $ends) (local.get $end))
        (local.set $mark (i32.add (local.get $mark) (i32.const 4)))
        (br $more))))

  ;; Bytes of the messages from the first one to $end, without their marks.
  (func $lengthTo (param $end i32) (result i32)
    (local $length i32) (local $mark i32) (local $left i32)
    (local.set $length (i32.sub (local.get $end) (i32.load offset=8 (i32.load offset=76 (global.get $results)))))
    (local.set $mark (i32.add (global.get $results) (i32.const 136)))
    (local.set $left (i32.load offset=28 (global.get $results)))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $left)))
        (br_if $done (i32.ge_u (i32.load (local.get $mark)) (local.get $end)))
        (local.set $length
          (i32.sub (local.get $length) (i32.sub (i32.load offset=4 (local.get $mark)) (i32.load (local.get $mark)))))
        (local.set $mark (i32.add (local.get $mark) (i32.const 8)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $more)))
    (local.get $length))

  ;; The message at a position.
  (func $messageAt (param $position i32) (result i32)
    (local $message i32) (local $left i32)
    (local.set $left (i32.sub (i32.sub (i32.load offset=68 (global.get $results)) (i32.const 1)) (local.get $position)))
    (if (i32.ge_u (local.get $left) (local.get $position))
      (then
        (local.set $message (i32.load offset=76 (global.get $results)))
        (loop $forward
          (if (local.get $position)
            (then
              (local.set $message (i32.add (local.get $message) (i32.const 16)))
              (local.set $position (i32.sub (local.get $position) (i32.eqz (i32.load (local.get $message)))))
              (br $forward))))
        (return (local.get $message))))
    (local.set $message (i32.load offset=80 (global.get $results)))
    (loop $back
      (if (local.get $left)
        (then
          (local.set $message (call $before (local.get $message)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $back))))
    (local.get $message))

  ;; Bytes of the messages before a position, without their marks; after `print` of the same body.
  (func (export "lengthBefore") (param $position i32) (result i32)
    (if (i32.eqz (local.get $position)) (then (return (i32.const 0))))
    (call $lengthTo (i32.load offset=12 (call $messageAt (i32.sub (local.get $position) (i32.const 1))))))

  ;; The hashes of the message at a position, at $form as $hashMessage writes them; after `print` of the same body.
  (func (export "form") (param $position i32) (param $seed i32) (param $form i32) (param $pieces i32)
    (call $hashMessage (call $messageAt (local.get $position)) (local.get $seed) (local.get $form) (local.get $pieces)))

  ;; The name of a message's first member, and the white space around it, as one number.
  (func $spelling (param $message i32) (result i32)
    (local $member i32)
    (local.set $member (i32.add (local.get $message) (i32.const 16)))
    (if (i32.ge_u (local.get $member) (global.get $past)) (then (return (i32.const 0))))
    (if (i32.eqz (i32.load (local.get $member))) (then (return (i32.const 0))))
    (i32.or
      (i32.shl
        (call $nameOf (i32.load (local.get $member)) (i32.load offset=4 (local.get $member)))
        (i32.const 16))
      (i32.or
        (i32.and (i32.sub (i32.load (local.get $member)) (i32.load offset=8 (local.get $message))) (i32.const 0xff))
        (i32.shl
          (i32.and
            (i32.sub (i32.load offset=8 (local.get $member)) (i32.load offset=4 (local.get $member)))
            (i32.const 0xff))
          (i32.const 8)))))

  ;; How many messages from a position on are the model's, counted from the last one back up to $most; after `print` of the same body.
  (func (export "models") (param $from i32) (param $most i32) (result i32)
    (local $message i32) (local $left i32) (local $models i32)
    (local.set $left (i32.sub (i32.load offset=68 (global.get $results)) (local.get $from)))
    (local.set $message (i32.load offset=80 (global.get $results)))
    (block $done
      (loop $more
        (br_if $done (i32.le_s (local.get $left) (i32.const 0)))
        (br_if $done (i32.ge_u (local.get $models) (local.get $most)))
        (local.set $models (i32.add (local.get $models) (i32.eq (call $roleOf (local.get $message)) (i32.const 2))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $message (call $before (local.get $message)))
        (br $more)))
    (local.get $models))

  ;; What the provider's prompt cache depends on. Writes 128 bytes behind $results the hash of the tools, the hash of the system
  ;; prompt (each in $start..$end; 0 for what is missing), and from 256 bytes on, 16 bytes for each, the hashes of the last eight messages, the last one first,
  ;; with the bytes of the messages before each of them;
  ;; behind these the first message's. 204 bytes behind $results: how the first message is spelled.
  (func (export "print")
    (param $results i32) (param $items i32) (param $end i32) (param $seed i32) (param $pieces i32)
    (param $tools i32) (param $toolsEnd i32) (param $system i32) (param $systemEnd i32)
    (local $message i32) (local $left i32) (local $form i32) (local $hashed i32)
    (call $aim (local.get $results) (local.get $items) (local.get $end))
    (call $readMarks)
    (i64.store offset=128 (local.get $results) (i64.const 0))
    (if (local.get $tools)
      (then
        (i32.store offset=128
          (local.get $results)
          (call $hash (local.get $tools) (local.get $toolsEnd) (local.get $seed)))))
    (if (local.get $system)
      (then
        (i32.store offset=132
          (local.get $results)
          (call $hash (call $cached (local.get $system)) (local.get $systemEnd) (local.get $seed)))))
    (i32.store offset=204 (local.get $results) (i32.const 0))
    (local.set $left (i32.load offset=68 (local.get $results)))
    (if (i32.eqz (local.get $left)) (then (return)))
    (i32.store offset=204 (local.get $results) (call $spelling (i32.load offset=76 (local.get $results))))
    (local.set $form (i32.add (local.get $results) (i32.const 256)))
    (local.set $message (i32.load offset=80 (local.get $results)))
    (loop $more
      (call $hashMessage (local.get $message) (local.get $seed) (local.get $form) (local.get $pieces))
      (local.set $hashed (i32.add (local.get $hashed) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (i32.store offset=12 (local.get $form) (i32.const 0))
      (if (i32.eqz (local.get $left)) (then (return)))
      (local.set $message (call $before (local.get $message)))
      (i32.store offset=12 (local.get $form) (call $lengthTo (i32.load offset=12 (local.get $message))))
      (local.set $form (i32.add (local.get $form) (i32.const 16)))
      (br_if $more (i32.lt_u (local.get $hashed) (i32.const 8))))
    (call $hashMessage
      (i32.load offset=76 (local.get $results))
      (local.get $seed)
      (i32.add (local.get $results) (i32.const 384))
      (local.get $pieces)))

  ;; Where the part of the system prompt starts that is cached: behind the client's first line about itself, which differs from
  ;; session to session.
  (func $cached (param $system i32) (result i32)
    (local $at i32)
    (if (i32.ne (i32.load8_u (local.get $system)) (i32.const 0x5b)) (then (return (local.get $system))))
    (local.set $at (call $solid (i32.add (local.get $system) (i32.const 1))))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (local.get $system))))
    (local.set $at (call $block (local.get $at)))
    (if (i32.eqz (global.get $textStart)) (then (return (local.get $system))))
    (if (i32.lt_u (call $opening (global.get $textStart) (i32.const 27)) (i32.const 27)) (then (return (local.get $system))))
    (select
      (local.get $at)
      (local.get $system)
      (call $isSameEnd
        (i32.add (global.get $results) (i32.const 539))
        (i32.const 130587)
        (i32.const 27))))
)
