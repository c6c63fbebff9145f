// Against the epoch: a line for each layer, or for each part of the data.

class Course extends Chart {
  // `spec` has, besides, of(): series with name, colour and rows; read(row): y, sd, hollow, diamond,
  // null; tell; wall(rows): the ceiling and its name.
  draw() {
    const series = this.spec.of();
    this.figure.hidden = !series;
    if (!series) return;
    const all = series.flatMap((s) => s.rows);
    const epochs = theRun().epochs;
    const wall = this.spec.wall?.(all);
    const read = all.map(this.spec.read);
    let [low, high] = extent([0, ...read.map((p) => p.y - (p.sd || 0)), ...read.map((p) => p.y + (p.sd || 0)), wall?.[1]]);
    if (this.spec.most) high = Math.max(high, this.spec.most);
    const margin = 0.06 * (high - low);
    this.frame([epochs[0], epochs.at(-1)], [low - 0.5 * margin, high + (wall ? 1.6 : 1) * margin],
      { log: state.log, height: 260 });
    if (wall) this.wall("y", wall[1], wall[0]);
    this.lines = series.map((s) => this.curve(s));
    this.names(this.lines.filter((l) => l.places.length).map((l) => ({ ...l.places.at(-1), name: l.short })));
  }

  curve(series) {
    const places = series.rows.map((row) => {
      const p = this.spec.read(row);
      return { ...p, row, x: this.x(row.epoch), vy: p.y, y: this.y(p.y) };
    });
    const group = coloured(svg("g"), series.colour);
    if (places.some((p) => p.sd)) {
      const edge = (sign, p) => ({ x: p.x, y: this.y(p.vy + sign * (p.sd || 0)) });
      const outline = [...places.map((p) => edge(1, p)), ...places.map((p) => edge(-1, p)).reverse()];
      group.append(svg("path", { class: "band", d: `${line(outline)}Z` }));
    }
    const curve = svg("path", { class: "curve", d: line(places) });
    if (series.dash) curve.setAttribute("stroke-dasharray", series.dash);
    group.append(curve);
    const few = places.length <= 15;
    for (const hollow of [false, true]) {
      const d = places.filter((p) => Boolean(p.hollow) === hollow && (few || hollow || p.diamond))
        .map((p) => mark(p.x, p.y, 2.6, p.diamond)).join("");
      group.append(svg("path", { class: hollow ? "hollow" : "full", d }));
    }
    this.under.append(group);
    return { ...series, places };
  }

  move() {
    if (this.figure.hidden) return;
    this.ring?.remove();
    const epoch = epochNow(), at = this.x(epoch);
    const foot = this.height - this.room.bottom;
    this.moving.replaceChildren(svg("line", { class: "cursor", x1: at, x2: at, y1: this.room.top, y2: foot }));
    this.points = [];
    for (const { colour, places, tell } of this.lines) {
      if (!places.length) continue;
      for (const p of places) this.points.push({ ...p, tell: () => tell(p.row) });
      const row = latest(places.map((p) => p.row), epoch);
      const now = places.find((p) => p.row === row);
      const kind = `now ${now.hollow ? "hollow" : "full"}`;
      const group = coloured(svg("g", { class: "at" }), colour);
      if (now.null !== null && now.null !== undefined) {
        group.append(svg("line", { class: "null", x1: now.x - 7, x2: now.x + 7, y1: this.y(now.null), y2: this.y(now.null) }));
      }
      group.append(svg("path", { class: kind, d: mark(now.x, now.y, 4.5, now.diamond) }));
      this.moving.append(group);
      this.points.push({ ...now, now: true, tell: () => tell(row) });
    }
  }

  // The epoch under the pointer, whatever is near it; held down, it follows.
  press(event) {
    const box = this.svg.getBoundingClientRect();
    setEpoch(this.x.back(((event.clientX - box.left) * this.width) / box.width));
  }

  hover(event) {
    if (event.buttons & 1) this.press(event);
    super.hover(event);
  }
}

// One series a visible layer, from rows by depth.
function byLayer(groups, tell) {
  if (!groups) return null;
  return visibleLayers().filter((layer) => groups.has(layer.depth)).map((layer) => ({
    short: String(layer.depth), colour: layer, rows: groups.get(layer.depth), tell: (row) => tell(layer, row),
  }));
}

const DASHES = { train: null, test: "7 3", clean: "2 3", corrupted: "9 3 2 3" };

function bySubset(measure, unit) {
  return [...theRun().training].map(([subset, rows]) => ({
    short: subset, colour: PAGE.subsets[subset], rows, dash: DASHES[subset] ?? null,
    tell: (r) => [`${subset}, ${asked(r)}`, `${measure} ${number(r[measure])}${spreadOf(r[`${measure}_sd`])}${unit}, on the labels seen`,
      measure === "accuracy" && Math.abs(r.accuracy - r.true_accuracy) > 1e-9 ? `on the true labels ${number(r.true_accuracy)}${spreadOf(r.true_accuracy_sd)}` : null,
      `n = ${number(r.n)}; ${networks(r.members)}`].filter(Boolean),
  }));
}

function courses(planes) {
  const [memorized, information] = planes.map((plane) => plane.spec);
  const most = (name, key) => (rows) => [name, extent(rows.map((r) => r[key]))[1]];
  const layer = { x: "epoch", steps: "layer", right: 30 };
  const part = { x: "epoch", steps: "part of the data", right: 76 };
  return [
    new Course({ ...layer, title: "Learned", y: "held-out I(T;Y)  [bits]",
      shows: "when each layer comes to tell the true class of fresh examples.",
      not: "accuracy: a layer can tell classes apart that the output still confuses.",
      of: () => byLayer(memorized.of(), memorized.tell), wall: most("H(Y)", "learned_ceiling"),
      read: (r) => ({ y: r.learned, sd: one(r.learned_sd, r.learned_error), hollow: r.learned_inside, null: r.learned_null_mean }) }),
    new Course({ ...layer, title: "Memorized", y: "M on train  [bits]",
      shows: "when each layer comes to hold labels that only memory can explain.",
      not: "harm: labels can be memorized while test accuracy still rises. Hollow marks found nothing.",
      of: () => byLayer(memorized.of(), memorized.tell), wall: most("H(Ỹ|Y)", "memorized_ceiling"),
      read: (r) => ({ y: r.memorized, sd: one(r.memorized_sd, r.memorized_error), hollow: r.memorized_inside, null: r.memorized_null_mean }) }),
    new Course({ ...layer, title: "I(X;T)", y: "I(X;T)  [bits]",
      shows: "how finely bins tell the examples apart in each layer.",
      not: "compression for sure, where it falls: activations that grow or saturate move it too. "
        + "Diamonds are at the wall and say nothing of the layer.",
      of: () => byLayer(information.of(), information.tell), wall: most("log₂ n", "x_ceiling"),
      read: (r) => ({ y: r.x, sd: r.x_sd, diamond: r.saturated }) }),
    new Course({ ...part, title: "Loss", y: "loss  [bits an example]",
      shows: "the cross-entropy on the labels seen, by part of the data.",
      not: "bits about anything: it is the cost of a label under the network's own probabilities.",
      of: () => bySubset("loss", " bits"), read: (r) => ({ y: r.loss, sd: r.loss_sd }) }),
    new Course({ ...part, title: "Accuracy", y: "accuracy", most: 1,
      shows: "the share of labels seen that the network gives back; of corrupted ones, what it has memorized.",
      not: "confidence, nor accuracy on the true labels; that is in the note of a point where it differs.",
      of: () => bySubset("accuracy", ""), read: (r) => ({ y: r.accuracy, sd: r.accuracy_sd }) }),
  ];
}
