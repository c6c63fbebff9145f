// A plane: a path a layer, its marks up to the chosen epoch, and the chosen epoch itself.

class Plane extends Chart {
  // `spec` has, besides, of(): rows by depth; read(row): x, y, their spreads, hollow, diamond, null;
  // tell(row): lines of text; walls(rows): the ceilings.
  draw() {
    const groups = this.spec.of();
    this.figure.hidden = !groups;
    if (!groups) return;
    const every = [...groups.values()].flat().map(this.spec.read);
    const walls = this.spec.walls(groups);
    let [left, right] = extent([...every.map((p) => p.x), walls.x]);
    const [bottom, top] = extent([
      ...every.map((p) => p.y),
      ...every.map((p) => p.low ?? 0),
      walls.y,
      0,
    ]);
    // A path that stays at the right is drawn close to, else from zero.
    left = left > 0.25 * right ? left - 0.12 * (right - left) : Math.min(0, left) - 0.03 * right;
    const margin = 0.08 * (top - bottom);
    this.frame([left, right + 0.09 * (right - left)], [bottom - 0.5 * margin, top + margin], {
      height: Math.min(460, Math.max(300, this.acrossNow() * 0.78)),
    });
    this.wall("x", walls.x, this.spec.wallX);
    this.wall("y", walls.y, this.spec.wallY());
    this.zero(every);
    this.paths = visibleLayers()
      .filter((layer) => groups.has(layer.depth))
      .map((layer) => {
        const rows = groups.get(layer.depth);
        const places = rows.map((row) => {
          const p = this.spec.read(row);
          const tell = () => this.spec.tell(layer, row);
          const [x, y] = [this.x(p.x), this.y(p.y)];
          // Its mark and its step of the path as text, which every move of the slider puts together.
          const drawn = {
            mark: mark(x, y, 2.4, p.diamond),
            step: `L${x.toFixed(1)} ${y.toFixed(1)}`,
          };
          return { ...p, ...drawn, row, x, y, vx: p.x, vy: p.y, tell };
        });
        this.fixed.push(...places);
        const group = coloured(svg("g"), layer);
        const [past, marks, hollows] = ["past", "full", "hollow"].map((kind) =>
          svg("path", { class: kind }),
        );
        group.append(svg("path", { class: "future", d: line(places) }), past, marks, hollows);
        this.under.append(group);
        return { layer, rows, places, past, marks, hollows };
      });
  }

  // No memorization, and what the control measured of it.
  zero(every) {
    const [left, right] = [this.room.left, this.width - this.room.right];
    if (this.y.domain[0] < 0) {
      this.under.append(
        svg("line", { class: "zero", x1: left, x2: right, y1: this.y(0), y2: this.y(0) }),
      );
    }
    const controls = every.map((p) => p.control).filter((c) => c !== null && c !== undefined);
    if (!controls.length) return;
    const [low, high] = extent(controls);
    this.under.append(
      svg("rect", {
        class: "control",
        x: left,
        width: right - left,
        y: this.y(high),
        height: Math.max(1.5, this.y(low) - this.y(high)),
      }),
    );
  }

  move() {
    if (this.figure.hidden) return;
    const epoch = epochNow();
    this.moving.replaceChildren();
    this.ring?.remove();
    this.points = [];
    this.over.replaceChildren();
    const names = []; // marks that lie together share one
    for (const { layer, rows, places, past, marks, hollows } of this.paths) {
      const count = rows.indexOf(latest(rows, epoch)) + 1;
      const seen = places.slice(0, count);
      past.setAttribute(
        "d",
        `M${seen
          .map((p) => p.step)
          .join("")
          .slice(1)}`,
      );
      const small = (hollow) =>
        seen
          .filter((p) => p.hollow === hollow)
          .map((p) => p.mark)
          .join("");
      marks.setAttribute("d", small(false));
      hollows.setAttribute("d", small(true));
      const at = places[count - 1];
      this.now(layer, at);
      const beside = names.find((name) => Math.hypot(name.x - at.x, name.y - at.y) < 14);
      if (beside) beside.depths.push(layer.depth);
      else names.push({ x: at.x, y: at.y, depths: [layer.depth] });
      this.points.push({ ...at, now: true });
    }
    for (const { x, y, depths } of names) {
      const text = ranges(depths);
      const left = x + 8 + 7.5 * text.length > this.width;
      this.over.append(
        svg(
          "text",
          {
            class: "name",
            x: x + (left ? -9 : 8),
            y: y - 7,
            "text-anchor": left ? "end" : "start",
          },
          text,
        ),
      );
    }
  }

  now(layer, at) {
    const bar = (x1, y1, x2, y2) => svg("line", { class: "spread", x1, y1, x2, y2 });
    const group = coloured(svg("g", { class: "at", "data-depth": layer.depth }), layer);
    if (at.null !== null && at.null !== undefined) {
      const y = this.y(at.null);
      group.append(svg("line", { class: "null", x1: at.x - 7, x2: at.x + 7, y1: y, y2: y }));
    }
    if (at.xsd) group.append(bar(this.x(at.vx - at.xsd), at.y, this.x(at.vx + at.xsd), at.y));
    if (at.ysd) group.append(bar(at.x, this.y(at.vy - at.ysd), at.x, this.y(at.vy + at.ysd)));
    group.append(
      svg("path", {
        class: `now ${at.hollow ? "hollow" : "full"}`,
        d: mark(at.x, at.y, 5.5, at.diamond),
      }),
    );
    this.moving.append(group);
  }
}
