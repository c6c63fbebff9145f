// A grid of runs: a key of the configuration across, where the networks ended upwards, a line a layer.

// What every member has for a key; all have the same where the run has one value.
const ofMember = (values, member) => (Array.isArray(values) ? values[member] : values);

const inOrder = (values) =>
  [...new Set(values)].sort((a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1,
  );

// The members of all runs that the filter leaves, with their value of the chosen key.
function comparedMembers() {
  const { key, only } = state.compared;
  const across = PAGE.differing.find((each) => each.key === key);
  const filter = only && PAGE.differing.find((each) => each.key === only.key);
  return PAGE.runs.flatMap((run, i) =>
    Array.from({ length: run.made.members }, (_, member) => ({
      run,
      member,
      value: ofMember(across.values[i], member),
      kept: !filter || ofMember(filter.values[i], member) === only.value,
    })).filter((each) => each.kept),
  );
}

// One series a depth: a place for each value of the key, with mean and spread over its networks.
function comparedSeries() {
  const groups = new Map();
  for (const { run, member, value } of comparedMembers()) {
    for (const [depth, all] of Object.entries(run.ends[state.compared.quantity] || {})) {
      if (all[member] === null || all[member] === undefined) continue;
      if (!groups.has(depth)) groups.set(depth, new Map());
      const places = groups.get(depth);
      if (!places.has(value)) places.set(value, { value, ends: [], runs: new Set() });
      places.get(value).ends.push(all[member]);
      places.get(value).runs.add(run);
    }
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .filter(([depth]) => depth === "" || !state.hidden.has(Number(depth)))
    .map(([depth, places]) => ({
      ...seriesOf(depth),
      places: inOrder([...places.keys()]).map((value) => withSpread(places.get(value))),
    }));
}

function withSpread(place) {
  const n = place.ends.length;
  const mean = place.ends.reduce((a, b) => a + b, 0) / n;
  const squares = place.ends.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { ...place, n, mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null };
}

// Layers of networks that differ are told by their depth alone.
function seriesOf(depth) {
  if (depth === "") return { name: "network", short: "", colour: PAGE.colours.input };
  const layers = PAGE.runs.flatMap((run) => run.layers.filter((l) => l.depth === Number(depth)));
  const names = new Set(layers.map((layer) => layer.name));
  return {
    name: names.size === 1 ? `${depth} · ${layers[0].name}` : `layer ${depth}`,
    short: depth,
    colour: layers[0],
  };
}

class Grid extends Chart {
  draw() {
    this.figure.hidden = !PAGE.differing.length;
    if (this.figure.hidden) return;
    this.series = comparedSeries();
    const all = this.series.flatMap((s) => s.places);
    const values = inOrder(all.map((place) => place.value));
    const place = this.placer(values);
    const [low, high] = extent([
      0,
      ...all.map((p) => p.mean + (p.sd || 0)),
      ...all.map((p) => p.mean - (p.sd || 0)),
    ]);
    const margin = 0.06 * (high - low);
    const [left, right] = extent(values.map(place));
    const side = 0.06 * (right - left || 1);
    this.frame([left - side, right + side], [low - 0.5 * margin, high + margin], {
      height: 320,
      words: values.map((value) => [place(value), said(value)]),
    });
    this.points = this.series.flatMap((series) =>
      series.places.map((p) => ({
        ...p,
        x: this.x(place(p.value)),
        y: this.y(p.mean),
        series,
        now: true,
        tell: () => tellOfPlace(series, p),
      })),
    );
    for (const series of this.series) this.line(series);
  }

  // Numbers where they are, unless they span orders of magnitude; all else side by side.
  placer(values) {
    const numbers = values.every((value) => typeof value === "number");
    const spans = numbers && values.at(-1) / values[0] >= 50;
    return numbers && !spans ? (value) => value : (value) => values.indexOf(value);
  }

  line(series) {
    const places = this.points.filter((point) => point.series === series);
    const group = coloured(svg("g", { class: "compared" }), series.colour);
    group.append(svg("path", { class: "curve", d: line(places) }));
    for (const p of places) {
      if (!p.sd) continue;
      const [y1, y2] = [this.y(p.mean - p.sd), this.y(p.mean + p.sd)];
      group.append(svg("line", { class: "spread", x1: p.x, x2: p.x, y1, y2 }));
    }
    group.append(
      svg("path", { class: "full", d: places.map((p) => mark(p.x, p.y, 3.5, false)).join("") }),
    );
    this.under.append(group);
  }

  move() {
    if (this.figure.hidden) return;
    this.ring?.remove();
    this.over.replaceChildren();
    this.names(
      this.series.map((series) => ({
        ...this.points.findLast((point) => point.series === series),
        name: series.short,
      })),
    );
  }

  press(event) {
    this.hover(event);
  }

  moved(key) {
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
    const count = Math.max(1, this.points.length);
    if (key in moves) this.active = (this.active + moves[key] + count) % count;
    else if (key === "Home") this.active = 0;
    else if (key === "End") this.active = count - 1;
    else return false;
    return true;
  }
}

const said = (value) => (typeof value === "number" ? String(Number(value.toPrecision(4))) : value);

const counted = (place) =>
  `${place.n === 1 ? "1 network" : `${place.n} networks`} of ${place.runs.size === 1 ? "1 run" : `${place.runs.size} runs`}`;

function tellOfPlace(series, place) {
  return [
    `${state.compared.key} ${said(place.value)}, ${series.name}`,
    `${state.compared.quantity.trim()}: ${number(place.mean)}${spreadOf(place.sd)}`,
    `${counted(place)}${place.sd === null ? "" : ", ± standard deviation"}`,
  ];
}
