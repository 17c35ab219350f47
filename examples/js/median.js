/**
 * The median of a list of numbers. Plain JavaScript is deployed as it is.
 *
 *   potluck deploy median.js
 *   potluck invoke median '[3,1,2]'      2
 *
 * @param {number[]} numbers
 */
export default function median(numbers) {
  if (!Array.isArray(numbers) || numbers.length === 0) throw new TypeError('the input must be a list with at least one number');
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
