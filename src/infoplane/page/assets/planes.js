// The two planes: what is drawn, what is said of a point, and what a picture shows and does not.

const one = (a, b) => (a === null || a === undefined ? b : a);

const memorizedPlane = () =>
  new Plane({
    title: "Learned and memorized",
    x: "learned: held-out I(T;Y)  [bits]",
    y: "memorized: M = I(T;Ỹ|Y) on train  [bits]",
    steps: "layer",
    shows:
      "to the right, how much a layer tells of the true class of examples it was not trained on; " +
      "upwards, how much more it tells of the label seen in training than the true class does. " +
      "The grey band is the control: the same upward measurement on test examples with fresh noise, " +
      "where nothing can have been memorized.",
    not:
      "information in the whole sense. It is what the named decoder can read, a lower bound; what no " +
      "decoder here can read may still be there. Marks are looks; between two of them nothing was measured.",
    of: () => theRun().memorized,
    wallX: "H(Y)",
    wallY: () => "H(Ỹ|Y)",
    walls: (groups) => {
      const rows = [...groups.values()].flat();
      return {
        x: extent(rows.map((r) => r.learned_ceiling))[1],
        y: extent(rows.map((r) => r.memorized_ceiling))[1],
      };
    },
    read: (r) => ({
      x: r.learned,
      y: r.memorized,
      hollow: r.memorized_inside,
      diamond: false,
      control: r.control,
      xsd: one(r.learned_sd, r.learned_error),
      ysd: one(r.memorized_sd, r.memorized_error),
      null: r.memorized_null_mean,
      low: one(r.control, 0),
    }),
    tell: (layer, r) =>
      [
        `${layer.depth} · ${layer.name}, ${asked(r)}`,
        `learned ${number(r.learned)}${spreadOf(one(r.learned_sd, r.learned_error))} bits of ${number(r.learned_ceiling)} (H(Y)); ` +
          nullOf(r.learned_null_mean, r.learned_null_std, r.learned_p, r.learned_inside),
        `memorized ${number(r.memorized)}${spreadOf(one(r.memorized_sd, r.memorized_error))} bits of ${number(r.memorized_ceiling)} (H(Ỹ|Y)); ` +
          nullOf(r.memorized_null_mean, r.memorized_null_std, r.memorized_p, r.memorized_inside),
        r.control === null ? "no control" : `control on test ${number(r.control)} bits`,
        r.of_input > 0
          ? `${number(r.of_input)} bits that the input itself tells are taken off`
          : null,
        `${r.estimator}, ${r.resolution}; n = ${number(r.n)}; ${r.members === 1 ? "1 network, ± standard error" : networks(r.members)}`,
      ].filter(Boolean),
  });

const informationPlane = () =>
  new Plane({
    title: "Information plane",
    x: "I(X;T)  [bits]",
    y: () => `${state.label}  [bits]`,
    steps: "layer",
    shows:
      "to the right, how finely a layer tells examples apart when its activations are put in bins; " +
      "upwards, how much the bins tell of the label. The short bar is what shuffled labels give at " +
      "the same place: only what is above it says something of the label.",
    not:
      "a property of the network alone. Bins set the value: other widths move every point. A diamond " +
      "at the wall, log₂ n, has every example in a bin of its own and would have whatever the layer did.",
    of: () => theRun().planes.get(state.label),
    wallX: "log₂ n",
    wallY: () => (state.label === "I(T;Y)" ? "H(Y)" : "H(Ỹ)"),
    walls: (groups) => {
      const rows = [...groups.values()].flat();
      return {
        x: extent(rows.map((r) => r.x_ceiling))[1],
        y: extent(rows.map((r) => r.y_ceiling))[1],
      };
    },
    read: (r) => ({
      x: r.x,
      y: r.y,
      xsd: r.x_sd,
      ysd: r.y_sd,
      hollow: r.inside_null,
      diamond: r.saturated,
      null: r.null_mean,
    }),
    tell: (layer, r) => [
      `${layer.depth} · ${layer.name}, ${asked(r)}`,
      `I(X;T) ${number(r.x)}${spreadOf(r.x_sd)} bits of ${number(r.x_ceiling)} (log₂ n); ` +
        (r.saturated ? "saturated: says more of n than of the layer" : "not saturated"),
      `${r.label} ${number(r.y)}${spreadOf(r.y_sd)} bits of ${number(r.y_ceiling)}; ` +
        nullOf(r.null_mean, r.null_std, r.p_value, r.inside_null),
      `${r.estimator}, ${r.resolution}, ${r.subset}; n = ${number(r.n)}; ${networks(r.members)}`,
    ],
  });
