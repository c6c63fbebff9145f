// The dataset map: one mark an example, one score across and another upwards.

const theExamples = () => theRun().examples;
const scoreNamed = (name) => theExamples().scores.find((score) => score.name === name);
const labelKind = (row) => (row.corrupted ? "corrupted" : "clean");

// The most memorized first, by the score that is chosen.
function ranked() {
  const { name, direction } = scoreNamed(state.score);
  return theExamples()
    .rows.filter((row) => row[name] !== null)
    .sort((a, b) => direction * (b[name] - a[name]));
}

function chooseExample(row) {
  state.example = row.key;
  for (const picture of pictures) picture.mark?.();
}

class ExampleMap extends Stepped {
  draw() {
    const found = theExamples();
    this.figure.hidden = !found;
    if (!found) return;
    const [across, up] = [state.across, state.up];
    const usual = across === "variability" && up === "confidence";
    const range = (name) => {
      const [low, high] = extent(found.rows.map((row) => row[name]));
      const margin = 0.04 * (high - low || 1);
      return [low - margin, high + margin];
    };
    this.frame(usual ? [-0.01, 0.55] : range(across), usual ? [-0.02, 1.02] : range(up), {
      height: Math.min(420, Math.max(280, this.acrossNow() * 0.72)),
    });
    if (usual) this.explain();
    this.points = ranked()
      .filter((row) => row[across] !== null && row[up] !== null)
      .map((row) => ({ row, x: this.x(row[across]), y: this.y(row[up]), tell: () => tellOf(row) }));
    this.active = Math.min(this.active, Math.max(0, this.points.length - 1));
    for (const kind of ["clean", "corrupted"]) {
      const places = this.points.filter((p) => labelKind(p.row) === kind);
      const d = places
        .map((p) => (kind === "clean" ? mark(p.x, p.y, 2.6) : cross(p.x, p.y, 2.8)))
        .join("");
      const group = coloured(svg("g"), PAGE.colours[kind]);
      group.append(svg("path", { class: kind === "clean" ? "dot" : "cross", d }));
      this.under.append(group);
    }
    this.mark();
  }

  // No standard deviation of a probability is larger than the thin line; and three regions.
  explain() {
    const bound = Array.from({ length: 101 }, (_, i) => ({
      x: this.x(Math.sqrt((i / 100) * (1 - i / 100))),
      y: this.y(i / 100),
    }));
    this.under.append(svg("path", { class: "edge", d: line(bound) }));
    for (const [word, x, y] of [
      ["easy", 0.03, 0.9],
      ["ambiguous", 0.42, 0.5],
      ["hard", 0.03, 0.08],
    ]) {
      this.under.append(svg("text", { class: "region", x: this.x(x), y: this.y(y) }, word));
    }
  }

  // The chosen example, ringed.
  mark() {
    if (this.figure.hidden || !this.moving) return;
    const at = this.points.find((point) => point.row.key === state.example);
    this.moving.replaceChildren(
      at ? svg("circle", { class: "chosen", cx: at.x, cy: at.y, r: 7 }) : "",
    );
  }

  press(event) {
    const { best } = this.near(event);
    if (!best) return;
    this.active = this.points.indexOf(best);
    chooseExample(best.row);
    this.show(best);
  }

  moved(key) {
    if (key !== "Enter" && key !== " ") {
      return super.moved(key, { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });
    }
    chooseExample(this.points[this.active].row);
    return true;
  }
}

function tellOf(row) {
  const scores = [state.across, state.up, state.score];
  return [
    `example ${row.id}: seen as ${row.seen_label}${row.corrupted ? `, truly ${row.label}` : ""}`,
    ...[...new Set(scores)].map((name) => `${scoreNamed(name).words} ${number(row[name])}`),
    `predicted at the end: ${row.prediction}`,
  ];
}

function cross(x, y, r) {
  const [left, top, size] = [(x - r).toFixed(1), (y - r).toFixed(1), (2 * r).toFixed(1)];
  return `M${left} ${top}l${size} ${size}m0 -${size}l-${size} ${size}`;
}

function mapKey() {
  const shape = (node) => svg("svg", { viewBox: "0 0 22 14", "aria-hidden": "true" }, node);
  const kind = (name, d, shape_) =>
    coloured(shape(svg("path", { class: shape_, d })), PAGE.colours[name]);
  return html(
    "ul",
    { class: "key", "aria-label": "Marks of the map" },
    html("li", {}, kind("clean", mark(11, 7, 3.5), "dot"), "the label seen is the true one"),
    html("li", {}, kind("corrupted", cross(11, 7, 3.5), "cross"), "the label seen is another"),
    html("li", {}, shape(svg("circle", { class: "chosen", cx: 11, cy: 7, r: 5.5 })), "chosen"),
  );
}
