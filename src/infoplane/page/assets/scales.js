// Numbers to places and to words.

const MINUS = "−";

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en").replace("-", MINUS);
  const size = Math.abs(value);
  const text =
    size >= 100
      ? value.toFixed(1)
      : size >= 0.001 || size < 1e-6
        ? value.toFixed(digits)
        : value.toPrecision(2);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
}

const spreadOf = (sd) => (sd === null || sd === undefined ? "" : ` ± ${number(sd)}`);

// A scale from data to pixels; `log` is log(1 + value), so that epoch 0 is drawn.
function scale([low, high], [from, to], log = false) {
  const bend = log ? (v) => Math.sign(v) * Math.log1p(Math.abs(v)) : (v) => v;
  const unbend = log ? (v) => Math.sign(v) * Math.expm1(Math.abs(v)) : (v) => v;
  const span = bend(high) - bend(low) || 1;
  const at = (v) => from + ((bend(v) - bend(low)) / span) * (to - from);
  at.back = (pixel) => unbend(bend(low) + ((pixel - from) / (to - from)) * span);
  at.domain = [low, high];
  at.log = log;
  return at;
}

function ticks(at, count) {
  const [low, high] = at.domain;
  if (at.log) {
    const all = [0];
    for (let power = 1; power <= high; power *= 10) all.push(power, 2 * power, 5 * power);
    return all.filter((v) => v >= low && v <= high);
  }
  const rough = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1)
    found.push(i * step || 0); // no -0
  return found;
}

// The least and most of what is given, nulls left out.
function extent(values) {
  let low = Infinity,
    high = -Infinity;
  for (const v of values) {
    if (v === null || v === undefined) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : [0, 1];
}

// Sorted places moved as little as is needed to be `gap` apart, between two ends: places that are too
// near are pooled into blocks, each about its own mean.
function apart(places, gap, low, high) {
  const blocks = [];
  places.forEach((place) => {
    blocks.push({ sum: place, count: 1 });
    while (blocks.length > 1) {
      const [above, below] = blocks.slice(-2);
      const reach = (gap * (above.count + below.count)) / 2;
      if (below.sum / below.count - above.sum / above.count >= reach) break;
      blocks.splice(-2, 2, { sum: above.sum + below.sum, count: above.count + below.count });
    }
  });
  const found = blocks.flatMap(({ sum, count }) =>
    Array.from({ length: count }, (_, i) => sum / count + (i - (count - 1) / 2) * gap),
  );
  for (let i = 0; i < found.length; i += 1) {
    found[i] = Math.max(found[i], i ? found[i - 1] + gap : low);
  }
  for (let i = found.length - 1; i >= 0; i -= 1) {
    found[i] = Math.min(found[i], i < found.length - 1 ? found[i + 1] - gap : high);
  }
  return found;
}

// Numbers of layers in few signs: 0–2, 5.
function ranges(numbers) {
  const runs = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    if (runs.length && runs.at(-1)[1] === n - 1) runs.at(-1)[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([a, b]) => (a === b ? a : b === a + 1 ? `${a}, ${b}` : `${a}–${b}`)).join(", ");
}

// A circle or, where a value is saturated, a diamond, as the commands of a path.
function mark(x, y, r, diamond) {
  const [px, py] = [x.toFixed(1), y.toFixed(1)];
  const d = (r * 1.25).toFixed(1);
  return diamond
    ? `M${px} ${py}m0 -${d}l${d} ${d}l-${d} ${d}l-${d} -${d}z`
    : `M${px} ${py}m-${r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 -${2 * r} 0z`;
}

const line = (places) =>
  places.map((p, i) => `${i ? "L" : "M"}${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("");
