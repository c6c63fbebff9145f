// The most memorized examples, by whichever score is chosen.

function examplesSection() {
  const holder = html("div", {});
  const choice = html("select", {
    id: "score",
    change: () => {
      state.score = choice.selectedIndex;
      list();
    },
  });
  const intro = html("p", {});
  const control = html("div", { class: "choices" }, html("label", {}, "Most memorized by", choice));
  const section = html(
    "section",
    { "aria-labelledby": "examples" },
    html("h2", { id: "examples" }, "The examples"),
    intro,
    control,
    holder,
  );

  function list() {
    const found = theRun().examples;
    const { name, direction } = found.scores[state.score];
    const ranked = unpacked(found.table)
      .filter((r) => r[name] !== null)
      .sort((a, b) => direction * (b[name] - a[name]))
      .slice(0, found.shown);
    const pictured = ranked.some((r) => r.image);
    const image = (r) => (r.image ? html("img", { src: r.image, alt: `example ${r.id}` }) : "–");
    const heads = [
      ...(pictured ? ["image"] : []),
      "example",
      "seen label",
      "true label",
      "differs",
      "prediction",
      "fitted by",
      ...found.scores.map((s) => s.words),
    ];
    const cells = ranked.map((r) => {
      const row = [
        ...(pictured ? [image(r)] : []),
        String(r.id),
        String(r.seen_label),
        String(r.label),
        r.corrupted ? "✗ yes" : "no",
        String(r.prediction),
        `${Math.round(100 * r.fitted)} %`,
        ...found.scores.map((s) => number(r[s.name])),
      ];
      row.marked = r.corrupted;
      return row;
    });
    const caption = `The ${ranked.length} of ${number(found.of)} training examples most memorized by ${found.scores[state.score].words}`;
    holder.replaceChildren(table(caption, heads, cells));
  }

  pictures.push({
    move() {},
    draw() {
      const found = theRun().examples;
      control.hidden = holder.hidden = !found;
      intro.textContent = found
        ? "Shows: training examples that were learned late, with little confidence or at a high cost, as what is learned " +
          "by heart is; in bold, those whose seen label is not the true one. Fitted by: the share of networks that give " +
          "the seen label back at the end. Not: a proof for any single one. A hard but rightly labelled example " +
          "scores as high, and one that no network fits was not memorized." +
          (theRun().no_images ? ` No images: ${theRun().no_images}` : "")
        : "This run did not follow its examples one by one; run it with --memorization.examples always to see them.";
      if (!found || choice.dataset.run === String(state.run)) return;
      choice.dataset.run = String(state.run);
      state.score = 0;
      choice.replaceChildren(...found.scores.map((s) => html("option", {}, s.words)));
      list();
    },
  });
  return section;
}
