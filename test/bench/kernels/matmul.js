const SIZE = 64;
const make = (f) => Float64Array.from({ length: SIZE * SIZE }, (_, at) => f(Math.floor(at / SIZE), at % SIZE));

export default function run(n) {
  const a = make((i, j) => ((i * j) % 7) + 0.5);
  const b = make((i, j) => ((i + j) % 5) - 1.5);
  const c = new Float64Array(SIZE * SIZE);
  let sum = 0;
  for (let turn = 0; turn < n; turn++) {
    for (let i = 0; i < SIZE; i++) {
      for (let j = 0; j < SIZE; j++) {
        let s = 0;
        for (let k = 0; k < SIZE; k++) s += a[i * SIZE + k] * b[k * SIZE + j];
        c[i * SIZE + j] = s;
      }
    }
    a[(turn % SIZE) * SIZE] += 0.25;
    sum += c[(turn % SIZE) * SIZE + ((turn * 7) % SIZE)];
  }
  return Math.trunc(sum * 4) >>> 0;
}
