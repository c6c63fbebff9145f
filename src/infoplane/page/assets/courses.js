// What is drawn against the epoch, and what each picture shows and does not.

// One series a visible layer, from rows by depth.
function byLayer(groups, tell) {
  if (!groups) return null;
  return visibleLayers()
    .filter((layer) => groups.has(layer.depth))
    .map((layer) => ({
      short: String(layer.depth),
      colour: layer,
      rows: groups.get(layer.depth),
      tell: (row) => tell(layer, row),
    }));
}

const DASHES = { train: null, test: "7 3", clean: "2 3", corrupted: "9 3 2 3" };

function bySubset(measure, unit) {
  return [...theRun().training].map(([subset, rows]) => ({
    short: subset,
    colour: PAGE.subsets[subset],
    rows,
    dash: DASHES[subset] ?? null,
    tell: (r) =>
      [
        `${subset}, ${asked(r)}`,
        `${measure} ${number(r[measure])}${spreadOf(r[`${measure}_sd`])}${unit}, on the labels seen`,
        measure === "accuracy" && Math.abs(r.accuracy - r.true_accuracy) > 1e-9
          ? `on the true labels ${number(r.true_accuracy)}${spreadOf(r.true_accuracy_sd)}`
          : null,
        `n = ${number(r.n)}; ${networks(r.members)}`,
      ].filter(Boolean),
  }));
}

function courses(planes) {
  const [memorized, information] = planes.map((plane) => plane.spec);
  const most = (name, key) => (rows) => [name, extent(rows.map((r) => r[key]))[1]];
  const layer = { x: "epoch", steps: "layer", right: 30 };
  const part = { x: "epoch", steps: "part of the data", right: 76 };
  return [
    new Course({
      ...layer,
      title: "Learned",
      y: "held-out I(T;Y)  [bits]",
      shows: "when each layer comes to tell the true class of fresh examples.",
      not: "accuracy: a layer can tell classes apart that the output still confuses.",
      of: () => byLayer(memorized.of(), memorized.tell),
      wall: most("H(Y)", "learned_ceiling"),
      read: (r) => ({
        y: r.learned,
        sd: one(r.learned_sd, r.learned_error),
        hollow: r.learned_inside,
        null: r.learned_null_mean,
      }),
    }),
    new Course({
      ...layer,
      title: "Memorized",
      y: "M on train  [bits]",
      shows: "when each layer comes to hold labels that only memory can explain.",
      not: "harm: labels can be memorized while test accuracy still rises. Hollow marks found nothing.",
      of: () => byLayer(memorized.of(), memorized.tell),
      wall: most("H(Ỹ|Y)", "memorized_ceiling"),
      read: (r) => ({
        y: r.memorized,
        sd: one(r.memorized_sd, r.memorized_error),
        hollow: r.memorized_inside,
        null: r.memorized_null_mean,
      }),
    }),
    new Course({
      ...layer,
      title: "I(X;T)",
      y: "I(X;T)  [bits]",
      shows: "how finely bins tell the examples apart in each layer.",
      not:
        "compression for sure, where it falls: activations that grow or saturate move it too. " +
        "Diamonds are at the wall and say nothing of the layer.",
      of: () => byLayer(information.of(), information.tell),
      wall: most("log₂ n", "x_ceiling"),
      read: (r) => ({ y: r.x, sd: r.x_sd, diamond: r.saturated }),
    }),
    new Course({
      ...part,
      title: "Loss",
      y: "loss  [bits an example]",
      shows: "the cross-entropy on the labels seen, by part of the data.",
      not: "bits about anything: it is the cost of a label under the network's own probabilities.",
      of: () => bySubset("loss", " bits"),
      read: (r) => ({ y: r.loss, sd: r.loss_sd }),
    }),
    new Course({
      ...part,
      title: "Accuracy",
      y: "accuracy",
      most: 1,
      shows:
        "the share of labels seen that the network gives back; of corrupted ones, what it has memorized.",
      not: "confidence, nor accuracy on the true labels; that is in the note of a point where it differs.",
      of: () => bySubset("accuracy", ""),
      read: (r) => ({ y: r.accuracy, sd: r.accuracy_sd }),
    }),
  ];
}
