const rows = Array.from({ length: 40 }, (_, i) => ({
  id: i,
  name: `row ${i}`,
  tags: ['a', 'b', null, i % 2 === 0],
  at: { x: i / 7, y: -i },
}));

export default function run(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const text = JSON.stringify(rows);
    sum = (Math.imul(sum, 31) + text.length + JSON.parse(text)[i % 40].id) >>> 0;
  }
  return sum;
}
