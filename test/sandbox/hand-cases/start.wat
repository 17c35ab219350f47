;; A start function, whose work is there before anything is called.
(module
  (memory 1)
  (global $ready (mut i32) (i32.const 0))
  (start $prepare)
  (func $prepare
    (local $i i32)
    (loop $again
      (i32.store8 (local.get $i) (local.get $i))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))
    (global.set $ready (i32.const 1)))
  (func (export "ready") (result i32) (i32.add (global.get $ready) (i32.load8_u (i32.const 199)))))
