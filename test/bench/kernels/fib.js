const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

export default function run(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (Math.imul(sum, 31) + fib(20 + (i & 1))) >>> 0;
  return sum;
}
