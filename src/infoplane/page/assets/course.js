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
    let [low, high] = extent([
      0,
      ...read.map((p) => p.y - (p.sd || 0)),
      ...read.map((p) => p.y + (p.sd || 0)),
      wall?.[1],
    ]);
    if (this.spec.most) high = Math.max(high, this.spec.most);
    const margin = 0.06 * (high - low);
    this.frame([epochs[0], epochs.at(-1)], [low - 0.5 * margin, high + (wall ? 1.6 : 1) * margin], {
      log: state.log,
      height: 260,
    });
    if (wall) this.wall("y", wall[1], wall[0]);
    this.lines = series.map((s) => this.curve(s));
    this.names(
      this.lines.filter((l) => l.places.length).map((l) => ({ ...l.places.at(-1), name: l.short })),
    );
  }

  curve(series) {
    const places = series.rows.map((row) => {
      const p = this.spec.read(row);
      const tell = () => series.tell(row);
      return { ...p, row, x: this.x(row.epoch), vy: p.y, y: this.y(p.y), tell };
    });
    this.fixed.push(...places);
    const group = coloured(svg("g"), series.colour);
    if (places.some((p) => p.sd)) {
      const edge = (sign, p) => ({ x: p.x, y: this.y(p.vy + sign * (p.sd || 0)) });
      const outline = [
        ...places.map((p) => edge(1, p)),
        ...places.map((p) => edge(-1, p)).reverse(),
      ];
      group.append(svg("path", { class: "band", d: `${line(outline)}Z` }));
    }
    const curve = svg("path", { class: "curve", d: line(places) });
    if (series.dash) curve.setAttribute("stroke-dasharray", series.dash);
    group.append(curve);
    const few = places.length <= 15;
    for (const hollow of [false, true]) {
      const d = places
        .filter((p) => Boolean(p.hollow) === hollow && (few || hollow || p.diamond))
        .map((p) => mark(p.x, p.y, 2.6, p.diamond))
        .join("");
      group.append(svg("path", { class: hollow ? "hollow" : "full", d }));
    }
    this.under.append(group);
    return { ...series, places };
  }

  move() {
    if (this.figure.hidden) return;
    this.ring?.remove();
    const epoch = epochNow(),
      at = this.x(epoch);
    const foot = this.height - this.room.bottom;
    this.moving.replaceChildren(
      svg("line", { class: "cursor", x1: at, x2: at, y1: this.room.top, y2: foot }),
    );
    this.points = [];
    for (const { colour, rows, places } of this.lines) {
      if (!places.length) continue;
      const now = places[rows.indexOf(latest(rows, epoch))];
      const kind = `now ${now.hollow ? "hollow" : "full"}`;
      const group = coloured(svg("g", { class: "at" }), colour);
      if (now.null !== null && now.null !== undefined) {
        group.append(
          svg("line", {
            class: "null",
            x1: now.x - 7,
            x2: now.x + 7,
            y1: this.y(now.null),
            y2: this.y(now.null),
          }),
        );
      }
      group.append(svg("path", { class: kind, d: mark(now.x, now.y, 4.5, now.diamond) }));
      this.moving.append(group);
      this.points.push({ ...now, now: true });
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
