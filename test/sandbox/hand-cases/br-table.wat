;; br_table: every arm, the default, labels repeated, values carried, a loop among the targets, the function itself.
(module
  (global $seen (mut i32) (i32.const 0))
  (func (export "arms") (param $n i32) (result i32)
    (block $default
      (block $two
        (block $one
          (block $zero
            (br_table $zero $one $two $one $default (local.get $n)))
          (return (i32.const 100)))
        (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
        (return (i32.const 101)))
      (return (i32.const 102)))
    (i32.const 103))
  (func (export "default-only") (param $n i32) (result i32)
    (block $out (result i32)
      (br_table $out (i32.const 7) (local.get $n))))
  (func (export "carries") (param $n i32) (result i64)
    (block $a (result i64)
      (block $b (result i64)
        (br_table $a $b $a (i64.const 5) (local.get $n)))
      (i64.add (i64.const 1000))))
  (func (export "loops") (param $n i32) (result i32)
    (local $turns i32)
    (local.set $n (i32.and (local.get $n) (i32.const 15)))
    (block $out
      (loop $again
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_table $again $out $again (i32.le_s (local.get $n) (i32.const 0)))))
    (local.get $turns))
  (func (export "to-the-function") (param $n i32) (result i32)
    (block $in (result i32)
      (br_table 1 $in 1 (i32.const 42) (local.get $n)))
    (drop)
    (i32.const 43))
  (func (export "in-dead-code") (result i32)
    (block $a (result i32)
      (return (i32.const 1))
      (br_table $a $a (i32.const 2) (i32.const 0))))
  (func (export "all-arms") (result i32)
    (i32.add
      (i32.add (call 0 (i32.const 0)) (call 0 (i32.const 1)))
      (i32.add
        (i32.add (call 0 (i32.const 2)) (call 0 (i32.const 3)))
        (i32.add (call 0 (i32.const 4)) (call 0 (i32.const -1)))))))
