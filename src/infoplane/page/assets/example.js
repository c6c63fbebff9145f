// The example that is chosen: its image or row, its labels, and what its training says of it.

// Of all examples, the share that a score calls less memorized, in percent.
function standing(score, value) {
  const below = score.percentiles.filter((v) => v < value).length - 1;
  const above = score.percentiles.filter((v) => v > value).length - 1;
  return Math.max(0, Math.min(100, score.direction > 0 ? below : above));
}

function examplePanel() {
  const panel = html("div", { id: "example", role: "status", "aria-label": "The chosen example" });
  const fill = (row) => {
    const { scores } = theExamples();
    const facts = [
      ["label seen", `${row.seen_label}${row.corrupted ? " ✗ not the true one" : ""}`],
      ["true label", String(row.label)],
      [
        "predicted at the end",
        `${row.prediction}; ${Math.round(100 * row.fitted)} % of the networks give the label seen`,
      ],
    ];
    const cells = scores
      .filter((score) => row[score.name] !== null)
      .map((score) => [
        score.words,
        number(row[score.name]),
        `${standing(score, row[score.name])} %`,
      ]);
    panel.replaceChildren(
      html("h3", {}, `Example ${row.id}`),
      lookOf(row),
      html(
        "dl",
        {},
        facts.flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]),
      ),
      table(
        "What was seen of it, beside all others",
        ["score", "value", "more memorized than"],
        cells,
        {
          text: [0],
        },
      ),
    );
  };
  const mark = () => {
    const found = theExamples();
    panel.hidden = !found;
    const row = found?.rows.find((each) => each.key === state.example);
    if (row) fill(row);
  };
  pictures.push({ draw() {}, move() {}, mark });
  return panel;
}

function lookOf(row) {
  if (row.image) return html("img", { src: row.image, alt: `example ${row.id}` });
  if (!row.row) return html("p", { class: "about" }, noInputs());
  const values = row.row.map((value) => number(value, 2)).join(", ");
  return html("p", { class: "about" }, `Its ${row.row.length} columns, as the network sees them: ${values}`);
}

function noInputs() {
  const { no_inputs: why, examples } = theRun();
  if (why) return `No image: ${why}`;
  return examples.rows.some((row) => row.image)
    ? "No image of this one: the page holds those of the most memorized first, as far as there is room."
    : "No images in this page; infoplane report puts them in.";
}
