// The examples: the map, the one that is chosen, and the most memorized by whichever score.

function examplesSection() {
  const intro = html("p", {});
  const suspects = html("p", { id: "suspects" });
  const holder = html("div", {});
  const choices = Object.entries(SCORE_CHOICES).map(([key, words]) =>
    optionChoice(key, words, (index) => {
      state[key] = theExamples().scores[index].name;
      if (key === "score") state.example = null;
    }),
  );
  const list = html("div", {}, suspects, holder);
  const fill = whenOther((found, score) => {
    say(suspects, suspectsBy(scoreNamed(score), found));
    renew(holder, mostMemorized(found));
  });
  // Before the map, which is drawn by what is chosen here.
  pictures.push({
    move() {},
    draw() {
      const found = theExamples();
      for (const part of parts) part.hidden = !found;
      say(intro, found ? introOf(found) : NOT_FOLLOWED);
      if (!found) return;
      settleScores(found);
      Object.keys(SCORE_CHOICES).forEach((key, i) =>
        choices[i].fill(
          found.scores.map((score) => score.words),
          scoreNamed(state[key]).words,
        ),
      );
      fill(found, state.score);
      if (!found.rows.some((row) => row.key === state.example)) state.example = ranked()[0]?.key;
      for (const picture of pictures) picture.mark?.();
      pressed();
    },
    mark: pressed,
  });

  const map = new ExampleMap({
    title: "Dataset map",
    x: () => scoreNamed(state.across)?.words ?? "",
    y: () => scoreNamed(state.up)?.words ?? "",
    keys: "Arrows: from the most memorized example on; Enter: choose it.",
    shows:
      "each mark an example, by how its training went. Low and left are those that were hardly ever " +
      "fitted, to the right those that came and went, at the top those that are easy.",
    not:
      "all examples, nor their true proportions: the page holds a random sample, and every one that " +
      "is among the most memorized by some score.",
  });
  const history = historyChart();
  const parts = [
    html("div", { class: "choices" }, choices),
    mapKey(),
    html("div", { class: "pictures" }, html("div", {}, map.figure, history.figure), examplePanel()),
    list,
  ];
  holder.addEventListener("click", (event) => {
    const key = event.target.closest("tr")?.dataset.row;
    const row = theExamples().rows.find((each) => each.key === key);
    if (row) chooseExample(row);
  });
  function pressed() {
    for (const button of holder.querySelectorAll("button")) {
      const chosen = button.closest("tr").dataset.row === state.example;
      button.setAttribute("aria-pressed", String(chosen));
    }
  }

  return sectionOf("examples", "The examples", intro, ...parts);
}

const SCORE_CHOICES = { score: "Most memorized by", across: "Across", up: "Upwards" };
const USUAL = { across: "variability", up: "confidence", score: "cumulative_loss" };
const NOT_FOLLOWED =
  "This run did not follow its examples one by one, or has not ended; run it with " +
  "--memorization.examples always to see them at its end.";

const introOf = (found) =>
  "Shows: training examples that were learned late, with little confidence or at a high cost, as what is learned " +
  `by heart is. Of ${number(found.of)} the page holds ${number(found.rows.length)}: the ${found.shown} most ` +
  `memorized by each score, and ${number(found.sample)} drawn at random. Not: a proof for any single one. A hard ` +
  "but rightly labelled example scores as high, and one that no network fits was not memorized. In bold: those " +
  "whose seen label is not the true one. Fitted by: the share of networks that give the seen label back at the end.";

// What is chosen is kept where a run has it, else the usual score is taken.
function settleScores({ scores }) {
  for (const key of Object.keys(USUAL)) {
    state[key] = [state[key], USUAL[key], scores[0].name].find((name) => scoreNamed(name));
  }
}

// Calls make(...values) where one of them is another one.
function whenOther(make) {
  let last = [];
  return (...values) => {
    if (values.every((value, i) => value === last[i])) return;
    last = values;
    make(...values);
  };
}

function suspectsBy(score, found) {
  if (score.found === null) return "";
  const share = (n) => `${Math.round(100 * n)} %`;
  return (
    `The suspects: had nobody known the true labels, and suspected the ${number(found.wrong)} examples most ` +
    `memorized by this score, ${number(score.found)} of these labels (${share(score.found / found.wrong)}) would be ` +
    `wrong; by chance ${share(found.wrong / found.of)}. AUROC ${number(score.auroc)}.`
  );
}

function mostMemorized(found) {
  const rows = ranked().slice(0, found.shown);
  const pictured = rows.some((row) => row.image);
  const image = (row) =>
    row.image ? html("img", { src: row.image, alt: `example ${row.id}` }) : "–";
  const heads = [
    "example",
    ...(pictured ? ["image"] : []),
    "seen label",
    "true label",
    "differs",
    "prediction",
    "fitted by",
    ...found.scores.map((score) => score.words),
  ];
  const cells = rows.map((row) =>
    Object.assign(
      [
        html("button", { type: "button", class: "row" }, String(row.id)),
        ...(pictured ? [image(row)] : []),
        String(row.seen_label),
        String(row.label),
        row.corrupted ? "✗ yes" : "no",
        String(row.prediction),
        `${Math.round(100 * row.fitted)} %`,
        ...found.scores.map((score) => number(row[score.name])),
      ],
      { marked: row.corrupted, key: row.key },
    ),
  );
  const { words } = scoreNamed(state.score);
  const caption = `The ${rows.length} of ${number(found.of)} training examples most memorized by ${words}`;
  return table(caption, heads, cells);
}
