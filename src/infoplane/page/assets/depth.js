// Against depth: the profile of the network at the chosen epoch.

class Profile extends Chart {
  // `spec` has, besides, of(): rows by depth; series: name, key, sd, hollow, diamond, colour, dash.
  draw() {
    this.groups = this.spec.of();
    this.figure.hidden = !this.groups;
    if (!this.groups) return;
    const rows = [...this.groups.values()].flat();
    const values = this.spec.series.flatMap((s) => rows.map((r) => r[s.key]));
    const [low, high] = extent([0, ...values]);
    this.layers = theRun().layers.filter((layer) => this.groups.has(layer.depth));
    const depths = this.layers.map((layer) => layer.depth);
    this.frame(
      [depths[0] - 0.3, depths.at(-1) + 0.3],
      [low - 0.04 * (high - low), high + 0.08 * (high - low)],
      {
        height: 260,
        words: this.layers.map((l) => [l.depth, this.layers.length > 7 ? String(l.depth) : l.name]),
      },
    );
  }

  move() {
    if (this.figure.hidden) return;
    this.ring?.remove();
    this.moving.replaceChildren();
    this.over.replaceChildren();
    this.points = [];
    const shown = this.layers.filter((layer) => !state.hidden.has(layer.depth));
    const ends = [];
    for (const s of this.spec.series) {
      const places = shown
        .map((layer) => {
          const row = latest(this.groups.get(layer.depth), epochNow());
          return {
            layer,
            row,
            x: this.x(layer.depth),
            v: row[s.key],
            hollow: s.hollow && row[s.hollow],
            diamond: s.diamond && row[s.diamond],
            sd: s.sd(row),
          };
        })
        .filter((p) => p.v !== null && p.v !== undefined);
      if (!places.length) continue;
      for (const p of places) p.y = this.y(p.v);
      const group = coloured(svg("g"), s.colour);
      group.append(
        svg("path", { class: "curve", d: line(places), "stroke-dasharray": s.dash ?? null }),
      );
      for (const p of places) {
        if (p.sd)
          group.append(
            svg("line", {
              class: "spread",
              x1: p.x,
              x2: p.x,
              y1: this.y(p.v - p.sd),
              y2: this.y(p.v + p.sd),
            }),
          );
        group.append(
          svg("path", { class: p.hollow ? "hollow" : "full", d: mark(p.x, p.y, 4, p.diamond) }),
        );
        const tell = () => [s.name, ...this.spec.tell(p.layer, p.row)];
        this.points.push({ ...p, now: true, tell });
      }
      ends.push({ ...places.at(-1), name: s.name });
      this.moving.append(group);
    }
    this.names(ends);
  }
}

function profiles(planes) {
  const [memorized, information] = planes.map((plane) => plane.spec);
  const { learned, memorized: memory, control, input, label, shuffled } = PAGE.colours;
  const depth = { x: "layer, in order of depth", steps: "point", right: 84 };
  return [
    new Profile({
      ...depth,
      title: "Learned and memorized by depth",
      y: "bits",
      shows:
        "at the chosen epoch, what each layer tells of true classes, and of seen labels beyond them.",
      not:
        "where memorization happens first: a later layer can only lose what an earlier one holds, " +
        "but a decoder may read it there more easily.",
      of: memorized.of,
      tell: memorized.tell,
      series: [
        {
          name: "learned",
          key: "learned",
          sd: (r) => one(r.learned_sd, r.learned_error),
          hollow: "learned_inside",
          colour: learned,
        },
        {
          name: "memorized",
          key: "memorized",
          sd: (r) => one(r.memorized_sd, r.memorized_error),
          hollow: "memorized_inside",
          colour: memory,
          dash: "7 3",
        },
        {
          name: "control",
          key: "control",
          sd: (r) => one(r.control_sd, r.control_error),
          hollow: "control_inside",
          colour: control,
          dash: "2 3",
        },
      ],
    }),
    new Profile({
      ...depth,
      title: "I(X;T) and label information by depth",
      y: "bits",
      shows:
        "at the chosen epoch, how much of the input and of the label the bins of each layer tell.",
      not: "the label information alone: read it from its null, what shuffled labels give, not from zero.",
      of: information.of,
      tell: information.tell,
      series: [
        { name: "I(X;T)", key: "x", sd: (r) => r.x_sd, diamond: "saturated", colour: input },
        {
          name: "label",
          key: "y",
          sd: (r) => r.y_sd,
          hollow: "inside_null",
          colour: label,
          dash: "7 3",
        },
        { name: "its null", key: "null_mean", sd: () => null, colour: shuffled, dash: "2 3" },
      ],
    }),
  ];
}
