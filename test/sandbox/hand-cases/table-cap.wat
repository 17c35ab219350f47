;; A table without a maximum of its own: it grows to the sandbox's cap, and not one entry more.
(module
  (table $x 3 externref)
  (table $f 1 funcref)
  (func (export "to-the-cap") (result i32) (table.grow $x (ref.null extern) (i32.sub (i32.const 10000) (table.size $x))))
  (func (export "over-the-cap") (result i32) (table.grow $x (ref.null extern) (i32.const 1)))
  (func (export "at-once") (result i32) (table.grow $f (ref.null func) (i32.const 10000)))
  (func (export "size") (result i32) (table.size $x))
  (func (export "last") (result i32) (ref.is_null (table.get $x (i32.const 9999))))
  (func (export "behind") (result i32) (ref.is_null (table.get $x (i32.const 10000)))))
