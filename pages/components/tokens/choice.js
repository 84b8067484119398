// @ts-nocheck: no types yet
// How a token is chosen from what is told, as `core.sampling.Choice` has it: for bars that follow a slider while it moves.

// probabilities from log p of all tokens
export function chosen(logProbs, { temperature, top_k, top_p, min_p }) {
  const probs = softmax(logProbs, temperature),
    size = probs.length;
  if (!(top_k && top_k < size) && top_p === 1 && !min_p) return probs;
  const order = likeliest(probs, size);
  let sum = 0,
    kept = 0;
  const out = new Float64Array(size),
    least = min_p * probs[order[0]];
  for (let i = 0; i < size; i++) {
    const p = probs[order[i]];
    const keep = (!top_k || i < top_k) && (top_p === 1 || sum < top_p) && p >= least;
    sum += p;
    if (keep) kept += out[order[i]] = p;
  }
  return out.map(p => p / kept);
}

export function softmax(logProbs, temperature = 1) {
  let top = -Infinity,
    sum = 0;
  for (const x of logProbs) if (x > top) top = x;
  const out = new Float64Array(logProbs.length);
  for (let i = 0; i < out.length; i++) sum += out[i] = Math.exp((logProbs[i] - top) / temperature);
  return out.map(p => p / sum);
}

// the numbers of the `count` largest, largest first; equal ones in their order
export function likeliest(probs, count) {
  const order = Array.from(probs, (_, i) => i);
  return order.sort((a, b) => probs[b] - probs[a] || a - b).slice(0, count);
}

export function entropy(probs) {
  let bits = 0;
  for (const p of probs) if (p > 0) bits -= p * Math.log2(p);
  return bits;
}
