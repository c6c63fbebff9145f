// The comparison of runs: which key, which quantity, which runs.

const ALL_RUNS = "all runs";

function comparisonSection() {
  const intro = html("p", {});
  const pooled = html("p", { class: "about", id: "pooled" });
  const holder = html("div", {});
  const details = html("details", {}, html("summary", {}, "The comparison as a table"), holder);
  const key = optionChoice("compared-key", "By", (index) => {
    state.compared.key = PAGE.differing[index].key;
    state.compared.only = null;
  });
  const quantity = optionChoice("compared-quantity", "Where it ended", (index) => {
    state.compared.quantity = comparedQuantities()[index];
  });
  const only = optionChoice("compared-only", "Only", (index) => {
    state.compared.only = filters()[index - 1] ?? null;
  });
  const controls = html("div", { class: "choices" }, key, quantity, only);
  const section = sectionOf("comparison", "The comparison of runs", intro, controls, pooled);
  // Before the chart, which is drawn by what is chosen here.
  pictures.push({
    move() {},
    draw() {
      section.hidden = !PAGE.differing.length;
      if (section.hidden) return;
      settle();
      const { key: by, quantity: what, only: filter } = state.compared;
      key.fill(
        PAGE.differing.map((each) => each.key),
        by,
      );
      quantity.fill(comparedQuantities(), what);
      only.fill([ALL_RUNS, ...filters().map(filterText)], filter ? filterText(filter) : ALL_RUNS);
      say(intro, `${number(PAGE.runs.length)} runs differ in ${keysText()}.`);
      say(pooled, pooledText());
      renew(holder, comparedTable());
    },
  });
  const grid = new Grid({
    title: "Where the networks ended",
    x: () => state.compared.key,
    y: () => state.compared.quantity,
    right: 30,
    keys: "Arrows: from point to point.",
    shows:
      "the last value of each quantity, a line a layer, as mean and standard deviation over all networks " +
      "of the runs with this value: members and seeds alike.",
    not:
      "an effect of this key alone where runs differ in others too; and no null: whether a value is one, " +
      "the pictures of its run say.",
  });
  section.append(html("div", { class: "pictures" }, grid.figure), details);
  return section;
}

// What is compared: what was chosen where it is still there, else what differs first.
function settle() {
  const { differing } = PAGE;
  const known = differing.some((each) => each.key === state.compared.key);
  if (!known) state.compared = { ...state.compared, key: differing[0].key, only: null };
  const quantities = comparedQuantities();
  if (!quantities.includes(state.compared.quantity)) {
    const having = (name) => PAGE.runs.filter((run) => name in run.ends).length;
    const memorized = quantities.find((name) => name.startsWith("memorized") && having(name) > 1);
    const most = Math.max(...quantities.map(having));
    state.compared.quantity = memorized ?? quantities.find((name) => having(name) === most);
  }
}

const comparedQuantities = () => [...new Set(PAGE.runs.flatMap((run) => Object.keys(run.ends)))];

const valuesOf = ({ values }) => inOrder(values.flat());

const filterText = ({ key, value }) => `${key} = ${said(value)}`;

function filters() {
  return PAGE.differing
    .filter((each) => each.key !== state.compared.key)
    .flatMap((each) => valuesOf(each).map((value) => ({ key: each.key, value })));
}

const keysText = () =>
  PAGE.differing.map((each) => `${each.key} (${valuesOf(each).map(said).join(", ")})`).join("; ");

function pooledText() {
  const { key, only } = state.compared;
  const others = PAGE.differing
    .map((each) => each.key)
    .filter((each) => each !== key && each !== only?.key);
  const unfinished = PAGE.runs.filter((run) => run.made.state !== "complete").length;
  return [
    others.length ? `Taken together, whatever their ${others.join(", ")}.` : null,
    unfinished
      ? `${number(unfinished)} of the runs have not ended, and are taken as they are.`
      : null,
  ]
    .filter(Boolean)
    .join(" ");
}

function comparedTable() {
  const series = comparedSeries();
  const values = inOrder(series.flatMap((s) => s.places.map((place) => place.value)));
  const cell = (place) =>
    place ? `${number(place.mean)}${spreadOf(place.sd)} (n = ${place.n})` : "–";
  return table(
    `${state.compared.quantity.trim()}, by ${state.compared.key}`,
    ["layer", ...values.map(said)],
    series.map((s) => [
      s.name,
      ...values.map((value) => cell(s.places.find((place) => place.value === value))),
    ]),
  );
}
