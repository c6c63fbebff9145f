// What every picture has: a caption, axes, walls, and names at the ends of lines.

class Chart extends Pointed {
  // `spec`: title, shows, not (in plain words), x and y (names of the axes), right (room for names).
  constructor(spec) {
    super();
    this.spec = spec;
    this.room = { left: 50, right: spec.right || 16, top: 12, bottom: 40 };
    this.active = 0; // the series that the keyboard is at
    this.svg = svg("svg", {
      tabindex: 0,
      role: "application",
      "aria-roledescription": "chart",
      "aria-label": `${spec.title}. ${spec.keys || `Arrows left and right: epoch; up and down: ${spec.steps || "series"}.`}`,
      pointermove: (event) => this.hover(event),
      pointerleave: (event) => this.leave(event),
      pointerdown: (event) => this.press(event),
      keydown: (event) => this.key(event),
      focus: () => this.told(),
      blur: () => this.hide(),
    });
    this.figure = html(
      "figure",
      {},
      html("h3", {}, spec.title),
      this.svg,
      html(
        "figcaption",
        {},
        html("p", { class: "shows" }, spec.shows),
        html("p", { class: "not" }, spec.not),
      ),
    );
    pictures.push(this);
  }

  // Lay the room out for the width there is, draw axes, and leave a layer for what moves.
  frame(x, y, { log = false, height = 300, words = null } = {}) {
    this.width = this.acrossNow();
    this.height = height;
    const { left, right, top, bottom } = this.room;
    this.x = scale(x, [left, this.width - right], log);
    this.y = scale(y, [this.height - bottom, top]);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.under = svg("g");
    this.moving = svg("g");
    this.over = svg("g");
    this.svg.replaceChildren(this.under, this.axes(words), this.moving, this.over);
    this.fixed = [];
    this.points = [];
  }

  // As wide as it is seen; on paper, as half of a page is.
  acrossNow() {
    return state.paper ? 360 : Math.max(240, this.svg.clientWidth || 480);
  }

  axes(words) {
    const { left, right, top, bottom } = this.room;
    const [foot, end] = [this.height - bottom, this.width - right];
    const group = svg(
      "g",
      { class: "axis", "aria-hidden": "true" },
      svg("path", { d: `M${left} ${top}V${foot}H${end}` }),
    );
    let last = -99;
    const shown = words || ticks(this.x, this.width / 90).map((v) => [v, number(v, 1)]);
    for (const [value, text] of shown) {
      const at = this.x(value);
      group.append(svg("line", { x1: at, x2: at, y1: foot, y2: foot + 4 }));
      if (at - last < 6 + 6.5 * text.length) continue;
      group.append(svg("text", { x: at, y: foot + 17, "text-anchor": "middle" }, text));
      last = at;
    }
    for (const value of ticks(this.y, this.height / 60)) {
      group.append(
        svg("line", { x1: left - 4, x2: left, y1: this.y(value), y2: this.y(value) }),
        svg(
          "text",
          { x: left - 7, y: this.y(value) + 4, "text-anchor": "end" },
          number(value, Math.abs(value) < 0.1 && value ? 2 : 1),
        ),
      );
    }
    group.append(
      svg(
        "text",
        { x: (left + end) / 2, y: this.height - 5, "text-anchor": "middle" },
        typeof this.spec.x === "function" ? this.spec.x() : this.spec.x,
      ),
      svg(
        "text",
        { transform: `translate(12 ${(top + foot) / 2}) rotate(-90)`, "text-anchor": "middle" },
        typeof this.spec.y === "function" ? this.spec.y() : this.spec.y,
      ),
    );
    return group;
  }

  // All there is: shaded from here on, with its name. `side` is "x" or "y".
  wall(side, value, name) {
    if (value === null || value === undefined) return;
    const { left, right, top, bottom } = this.room;
    const [foot, end] = [this.height - bottom, this.width - right];
    if (side === "x") {
      const at = this.x(value);
      this.under.append(
        svg("rect", {
          class: "wall",
          x: at,
          y: top,
          width: Math.max(0, end - at),
          height: foot - top,
        }),
        svg("line", { class: "edge", x1: at, x2: at, y1: top, y2: foot }),
        svg(
          "text",
          { transform: `translate(${at + 13} ${foot - 6}) rotate(-90)` },
          `${name} = ${number(value, 2)}`,
        ),
      );
    } else {
      const at = this.y(value);
      this.under.append(
        svg("rect", {
          class: "wall",
          x: left,
          y: top,
          width: end - left,
          height: Math.max(0, at - top),
        }),
        svg("line", { class: "edge", x1: left, x2: end, y1: at, y2: at }),
        svg(
          "text",
          { x: (left + end) / 2, y: at - 5, "text-anchor": "middle" },
          `${name} = ${number(value, 2)}`,
        ),
      );
    }
  }

  // Names at the ends of lines, pushed apart so that each can be read.
  names(ends) {
    const sorted = [...ends].sort((a, b) => a.y - b.y);
    const places = apart(
      sorted.map((end) => end.y),
      13,
      this.room.top,
      this.height - this.room.bottom,
    );
    sorted.forEach((end, i) => {
      this.over.append(svg("text", { class: "name", x: end.x + 7, y: places[i] + 4 }, end.name));
    });
  }
}

// A picture whose points the keyboard goes through one by one, whatever the epoch.
class Stepped extends Chart {
  move() {}

  atKeyboard() {
    return this.svg.matches(":focus-visible") ? this.points[this.active] : null;
  }

  moved(key, moves = { ArrowRight: 1, ArrowLeft: -1 }) {
    const last = this.points.length - 1;
    if (key in moves) this.active = Math.max(0, Math.min(last, this.active + moves[key]));
    else if (key === "Home") this.active = 0;
    else if (key === "End") this.active = last;
    else return false;
    return true;
  }
}
