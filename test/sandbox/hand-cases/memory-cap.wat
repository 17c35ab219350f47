;; A memory without a maximum of its own: it grows to the sandbox's cap, and not one page more.
(module
  (memory 1)
  (func (export "to-the-cap") (result i32) (memory.grow (i32.const 1023)))
  (func (export "one-more") (result i32) (memory.grow (i32.const 1)))
  (func (export "size") (result i32) (memory.size))
  (func (export "last-byte") (i32.store8 (i32.const 67108863) (i32.const 9)))
  (func (export "behind") (i32.store8 (i32.const 67108864) (i32.const 9))))
